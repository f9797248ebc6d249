const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Of the families' own test suites and those of Ory Kratos; RFC 7914 and RFC 7677 where they have one. */
export const FOREIGN_HASHES: readonly (readonly [family: string, hash: string, password: string])[] = [
  // crypt_blowfish and John the Ripper
  ['bcrypt $2a$', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['bcrypt $2b$', '$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a', 'U*U*U'],
  ['bcrypt $2y$', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
  ['bcrypt $2x$ in ASCII', '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['bcrypt $2x$ beyond ASCII', '$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS', 'ё'],
  ['bcrypt of cost 4', '$2a$04$pIqNJ/d3.iUtNb........1ynmOuHkBNwBW8zbBj6wTB8XX4/HPiy', '01234567'],
  ['bcrypt of cost 8', '$2a$08$CCCCCCCCCCCCCCCCCCCCC.LuntE/dBezheibpSOXBeR3W7q5mt2NW', '>RQ7la'],
  ['argon2id', '$argon2id$v=19$m=32,t=2,p=4$cm94YnRVOW5jZzFzcVE4bQ$MNzk5BtR2vUhrp6qQEjRNw', 'test'],
  [
    'argon2i',
    '$argon2i$v=19$m=65536,t=3,p=4$kk51rW/vxIVCYn+EG4kTSg$NyT88uraJ6im6dyha/M5jhXvpqlEdlS/9fEm7ScMb8c',
    'test',
  ],
  // Django's
  ['argon2i, padded', '$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ=$YC9+jJCrQhs5R6db7LlN8Q==', 'secret'],
  [
    'argon2i without a version',
    '$argon2i$m=8,t=1,p=1$c29tZXNhbHQ$' +
      'gwQOXSNhxiOxPOA0+PY10P9QFO4NAYysnqRt1GSQLE55m+2GYDt9FEjPMHhP2Cuf0nOEXXMocVrsJAtNSsKyfg',
    'secret',
  ],
  // RFC 7914, section 12
  [
    'scrypt',
    `$scrypt$ln=14,r=8,p=1$${base64('SodiumChloride')}$${Buffer.from(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
        'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      'hex',
    ).toString('base64')}`,
    'pleaseletmein',
  ],
  [
    'scrypt with N for ln',
    '$scrypt$ln=16384,r=8,p=1$2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA=$MiCzNcIplSMqSBrm4HckjYqYhaVPPjTARTzwB1cVNYE=',
    'test',
  ],
  [
    'Firebase',
    '$firescrypt$ln=14,r=8,p=1$sPtDhWcd1MfdAw==$xbSou7FOl6mChCyzpCPIQ7tku7nsQMTFtyOZSXXd7tjBa4NtimOx7v42Gv2SfzPQu1oxM2/k4SsbOu73wlKe1A==$Bw==$YE0dO4bwD4JnJafh6lZZfkp1MtKzuKAXQcDCJNJNyeCHairWHKENOkbh3dzwaCdizzOspwr/FITUVlnOAwPKyw==',
    '8x4WjoDbSxJZdR',
  ],
  // RFC 6070
  [
    'PBKDF2 with SHA-1',
    `$pbkdf2-sha1$i=4096$${base64('salt')}$${Buffer.from('4b007901b765489abead49d926f721d065a429c1', 'hex').toString('base64')}`,
    'password',
  ],
  [
    'PBKDF2 with SHA-256',
    '$pbkdf2-sha256$i=100000,l=32$1jP+5Zxpxgtee/iPxGgOz0RfE9/KJuDElP1ley4VxXc$QJxzfvdbHYBpydCbHoFg3GJEqMFULwskiuqiJctoYpI',
    'test',
  ],
  [
    'PBKDF2 with SHA-512',
    '$pbkdf2-sha512$i=100000,l=32$bdHBpn7OWOivJMVJypy2UqR0UnaD5prQXRZevj/05YU$+wArTfv1a+bNGO1iZrmEdVjhA+lL11wF4/IxpgYfPwc',
    'test',
  ],
  ['Django', 'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=', 'lètmein'],
  ['Django with SHA-1', 'pbkdf2_sha1$390000$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I=', 'lètmein'],
  ['ASP.NET Identity with SHA-1', 'AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M', 'my password'],
  [
    'ASP.NET Identity with SHA-256',
    'AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=',
    'my password',
  ],
  [
    'ASP.NET Identity with SHA-512',
    'AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==',
    'my password',
  ],
  ['MD5', '$md5$CY9rzUYh03PK3k6DJie09g==', 'test'],
  ['salted MD5', '$md5$pf=e1NBTFR9JCR7UEFTU1dPUkR9$MTIzNA==$ud392Z8rfZ+Ou7ZFXYLKbA==', 'test'],
  ['salted SHA-1', '$sha1$pf=e1NBTFR9e1BBU1NXT1JEfQ==$NW9wbWtnejAzcg==$2qU2SGWP8viTM1md3FiI3+rjWXQ=', 'test'],
  [
    'SHA-1 with a constant in its template',
    '$sha1$pf=JHtQQVNTV09SRH0ke1NBTFR9JA==$NW9wbWtnejAzcg==$iE5n1yjX3oAdxRHwZ4u57I4LpQo=',
    'test',
  ],
  [
    'salted SHA-256',
    '$sha256$pf=e1NBTFR9e1BBU1NXT1JEfQ==$NW9wbWtnejAzcg==$0gfRVLCvtBCk20udLDEY5vNhujWx7RGjwRIS1ebMsLY=',
    'test',
  ],
  // Django's unsalted MD5; FIPS 180 for the others
  ['32 digits, MD5', '88a434c88cca4e900f7874cd98123f43', 'lètmein'],
  ['40 digits, SHA-1', 'A9993E364706816ABA3E25717850C26C9CD0D89D', 'abc'],
  ['64 digits, SHA-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'abc'],
];

const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
const HASH = 'aGFzaGhhc2hoYXNoaGFzaA';
const bcrypt = (cost: string): string => `$2b$${cost}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW`;
const SIGNER = Buffer.alloc(16).toString('base64');
const identity = (prf: number, rounds: number, saltLength: number, rest: number): string => {
  const bytes = Buffer.alloc(13 + rest);
  bytes[0] = 1;
  bytes.writeUInt32BE(prf, 1);
  bytes.writeUInt32BE(rounds, 5);
  bytes.writeUInt32BE(saltLength, 9);
  return bytes.toString('base64');
};

/** Hashes that no password matches, since they cannot be read. */
export const MALFORMED_HASHES: readonly string[] = [
  '',
  ' ',
  'none',
  'correct horse battery staple',
  `${bcrypt('10')}\n`,
  bcrypt('03'),
  bcrypt('00'),
  bcrypt('5'),
  bcrypt('+5'),
  bcrypt('10').slice(0, -1),
  `${bcrypt('10')}x`,
  bcrypt('10').replace('2b', '2c'),
  bcrypt('10').replace('CC.', 'CCC'),
  `$argon2id$v=18$m=8,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=0,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=15,t=1,p=2$${SALT}$${HASH}`,
  `$argon2id$v=19$t=1,m=8,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=8,t=1,p=1,keyid=a$${SALT}$${HASH}`,
  `$argon2id$v=19$m=8,t=1,p=1$c2FsdA$${HASH}`,
  `$argon2id$v=19$m=8,t=1,p=1$${SALT}$aGFzaA`,
  `$argon2id$v=19$m=8,t=1,p=1$${SALT}$`,
  `$argon2id$v=19$m=8,t=1,p=1$${SALT}`,
  `$argon2x$v=19$m=8,t=1,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=0,r=8,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=20,r=8,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=16383,r=8,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=16,r=1,p=1$${SALT}$${HASH}`,
  `$scrypt$r=8,ln=14,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=14,r=8,p=1$${SALT}$a-_h`,
  `$scrypt$ln=14,r=8,p=1$${SALT}$c2hvcnQ`,
  `$firescrypt$ln=14,r=8,p=1$${SALT}$${HASH}$Bw==`,
  `$firescrypt$ln=14,r=8,p=1$${SALT}$${HASH}$Bw==$c2hvcnQ=`,
  `$pbkdf2-sha256$i=0,l=16$${SALT}$${HASH}`,
  `$pbkdf2-sha256$i=1e3,l=16$${SALT}$${HASH}`,
  `$pbkdf2-sha256$i=1000,l=32$${SALT}$${HASH}`,
  `$pbkdf2-md5$i=1000,l=16$${SALT}$${HASH}`,
  `$pbkdf2-sha256$i=1000,l=16$${SALT}=$${HASH}`,
  `pbkdf2_sha256$1000$$${HASH}==`,
  `pbkdf2_sha256$01000$salt$${HASH}==`,
  `pbkdf2_md5$1000$salt$${HASH}==`,
  identity(3, 1000, 16, 32),
  identity(1, 0, 16, 32),
  identity(1, 1000, 16, 20),
  identity(1, 1000, 4_000_000_000, 32),
  identity(1, 1000, 16, 32).replace(/^AQ/, 'AA'),
  '$md5$CY9rzUYh03PK3k6DJie0',
  '$md5$pf=e1NBTFR9$MTIz$q+RdKCgc+ipCAcm5ChQwlQ==',
  '$md5$pf=$MTIz$q+RdKCgc+ipCAcm5ChQwlQ==',
  '$md5$pf=!!$MTIz$q+RdKCgc+ipCAcm5ChQwlQ==',
  '$sha1$pf=e1BBU1NXT1JEfQ==$$q+RdKCgc+ipCAcm5ChQwlQ==',
  '$sha1$2qU2SGWP8viTM1md3FiI3+rjWXQ=',
  '$sha512$pf=e1BBU1NXT1JEfQ==$$2qU2SGWP8viTM1md3FiI3+rjWXQ=',
  'a9993e364706816aba3e25717850c26c9cd0d89',
  '{SSHA}JFZFs0oHzxbMwkSJmYVeI8MnTDy/276a',
  '$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKRVQAr/36eYUQ',
  `$wrapped-md5$pf=e1BBU1NXT1JEfQ$$argon2id$v=19$m=8,t=1,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=14,r=8,p=1$${'A'.repeat(2000)}$${HASH}`,
];

/** One step beyond each limit. */
export const EXPENSIVE_HASHES: readonly string[] = [
  bcrypt('15'),
  bcrypt('31'),
  `$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=8,t=11,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=136,t=1,p=17$${SALT}$${HASH}`,
  `$scrypt$ln=262144,r=8,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=14,r=9,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=14,r=8,p=5$${SALT}$${HASH}`,
  `$firescrypt$ln=14,r=8,p=5$${SALT}$${HASH}$Bw==$${SIGNER}`,
  `$pbkdf2-sha512$i=2000001,l=16$${SALT}$${HASH}`,
  `pbkdf2_sha256$2000001$salt$${HASH}==`,
  identity(2, 2_000_001, 16, 32),
];

/** At the limits. */
export const DEAREST_HASHES: readonly string[] = [
  bcrypt('14'),
  `$argon2id$v=19$m=262144,t=10,p=16$${SALT}$${HASH}`,
  `$scrypt$ln=17,r=8,p=4$${SALT}$${HASH}`,
  `$scrypt$ln=131072,r=8,p=4$${SALT}$${HASH}`,
  `$pbkdf2-sha512$i=2000000,l=16$${SALT}$${HASH}`,
  identity(2, 2_000_000, 16, 32),
];
