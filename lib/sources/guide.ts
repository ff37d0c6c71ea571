const GUIDE = 'https://docs.aws.amazon.com/dms/latest/userguide';

/** A page of the user guide of AWS DMS. */
export const guide = (page: string): string => `${GUIDE}/${page}`;

export const RDS_GUIDE = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide';
