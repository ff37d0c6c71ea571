/** Version of this program: that of package.json, which a bundle need not carry for it. */
export const VERSION = '0.1.0';
