import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import type { Random } from './random.ts';

const FIRST_NAMES = 'Aoife,Björn,Chloé,Dilnoza,Emre,Frøydis,Giulia,Hiroko,Ígor,José,Łucja,Siobhán'.split(',');
const LAST_NAMES = "Ångström,Núñez,O'Brien,Müller,Şahin,Szczepański,李,Đorđević,d'Hondt,Smith".split(',');
const CITIES = ['Graz', 'Łódź', 'Zürich', 'Göteborg', 'Reykjavík', 'A Coruña', '東京', 'Cork'];
const TEAS = 'Assam,Ceylon,Darjeeling,Earl Grey,Gunpowder,Keemun,Lapsang Souchong,玉露 Gyokuro'.split(',');
const GRADES = ['loose, 100 g', 'loose, 1 kg', '20 bags'];

/** The customer whose life the demo follows. */
export const ZOE = '17';

/** Cents as the text of a `decimal(18,2)`. */
export const money = (cents: number): string => (cents / 100).toFixed(2);

/** The text of a `decimal(18,2)` as cents. */
export const cents = (text: string | null | undefined): number => Math.round(Number(text ?? 0) * 100);

/** A customer with this number. */
export function newCustomer(random: Random, id: number, createdAt: string): SourceValues {
  const name = String(id) === ZOE ? 'Zoë Ångström' : `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  const uuid = random.hex(16).replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
  return {
    customer_id: String(id),
    public_id: uuid,
    name,
    email: `customer${id}@example.com`,
    city: String(id) === ZOE ? 'Graz' : random.pick(CITIES),
    // Some were born before 1970, and some do not tell.
    birth_date:
      random.between(1, 6) === 1 ? null : `${random.between(1948, 2004)}-0${random.between(1, 9)}-17`,
    newsletter: String(random.between(0, 1) === 1),
    credit_limit: money(random.between(0, 20) * 5000),
    created_at: createdAt,
  };
}

/** Every product of the shop: each tea in each grade. */
export function newProducts(random: Random): SourceValues[] {
  return TEAS.flatMap((tea, i) =>
    GRADES.map((grade, j) => ({
      sku: `TEA-${String(i + 1).padStart(2, '0')}${'ABC'[j]}`,
      title: `${tea}, ${grade}`,
      price: money(random.between(350, 4900)),
      stock: String(random.between(40, 400)),
      label: `00${random.hex(7)}`,
    })),
  );
}
