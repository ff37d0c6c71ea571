import type { Random } from './random.ts';

const FIRST_NAMES = 'Aoife,Björn,Chloé,Dilnoza,Emre,Frøydis,Giulia,Hiroko,Ígor,José,Łucja,Siobhán'.split(',');
const LAST_NAMES = "Ångström,Núñez,O'Brien,Müller,Şahin,Szczepański,李,Đorđević,d'Hondt,Smith".split(',');
const CITIES = ['Graz', 'Łódź', 'Zürich', 'Göteborg', 'Reykjavík', 'A Coruña', '東京', 'Cork'];
const TEAS = 'Assam,Ceylon,Darjeeling,Earl Grey,Gunpowder,Keemun,Lapsang Souchong,玉露 Gyokuro'.split(',');
const GRADES = ['loose, 100 g', 'loose, 1 kg', '20 bags'];

/** The customer whose life the demo follows; nobody but the story touches this row. */
export const ZOE = { id: 17, name: 'Zoë Ångström', email: 'customer17@example.com', city: 'Graz' } as const;

/** An invented name, city and whatever else a customer's row has, as parameters of `INSERT_CUSTOMER`. */
export function inventCustomer(random: Random): (string | null)[] {
  const uuid = random.hex(16).replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
  // Some were born before 1970, and some do not tell.
  const birth = `${random.between(1948, 2004)}-0${random.between(1, 9)}-17`;
  return [
    uuid,
    `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    `customer-${random.hex(4)}@example.com`,
    inventCity(random),
    random.between(1, 6) === 1 ? null : birth,
    String(random.between(0, 1) === 1),
    (random.between(0, 20) * 50).toFixed(2),
  ];
}

export const inventCity = (random: Random): string => random.pick(CITIES);

/** Every product of the shop, each tea in each grade, as parameters of `INSERT_PRODUCT`. */
export function inventProducts(random: Random): string[][] {
  return TEAS.flatMap((tea, i) =>
    GRADES.map((grade, j) => [
      `TEA-${String(i + 1).padStart(2, '0')}${'ABC'[j]}`,
      `${tea}, ${grade}`,
      (random.between(350, 4900) / 100).toFixed(2),
      String(random.between(40, 400)),
      `00${random.hex(7)}`,
    ]),
  );
}
