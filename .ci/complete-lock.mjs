import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Adds to package-lock.json the packages of other platforms that a registry did not offer when the lock was written:
 * npm leaves them out then, and `npm ci` refuses the lock everywhere. Run it after every change of dependencies; it
 * changes nothing when nothing is missing. What it adds has no hash, as there was nothing to hash.
 */
const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = {};
for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!isLocked(at, name)) added[`node_modules/${name}`] = platformEntry(name, version, entry.dev);
  }
}
if (Object.keys(added).length > 0) {
  const all = Object.entries({ ...lock.packages, ...added });
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`${Object.keys(added).length} packages of other platforms added`);

/** True when a package that is needed from `at` is found there or in a folder above. */
function isLocked(at, name) {
  for (let from = at; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`]) return true;
    if (from === '') return false;
  }
}

function platformEntry(name, version, dev) {
  const [, os, cpu, libc] =
    /-(android|darwin|freebsd|linux|win32)-(arm64|x64|ia32)(-musl)?(?:-\w+)?$/.exec(name) ?? [];
  if (!os || !/^\d/.test(version))
    throw new Error(`${name} ${version}: platform or exact version unknown; add it by hand`);
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev: true } : {}),
    ...(libc ? { libc: ['musl'] } : {}),
    optional: true,
    os: [os],
  };
}
