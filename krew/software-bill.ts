/** One entry of `packages` in package-lock.json (lockfile version 3), as far as it is read here. */
export interface LockfileEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

export interface Lockfile {
  readonly name: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, LockfileEntry>>;
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
const purl = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

const component = ([path, { version = '', integrity = '', license }]: [string, LockfileEntry]) => {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const content = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
  return {
    type: 'library',
    'bom-ref': path,
    name,
    version,
    purl: purl(name, version),
    hashes: [{ alg: 'SHA-512', content }],
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
  };
};

/**
 * A CycloneDX 1.6 document in JSON of the production packages of a lockfile, Node's own among them. `npm sbom` is not
 * taken: that of npm 11.19 leaves out "yaml", which is both ours and an optional peer of a tool.
 */
export const softwareBill = ({ name, version, packages }: Lockfile): string => {
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': name, name, version, purl: purl(name, version) } },
    components: shipped.map(component),
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
};
