import { expect, test } from '@jest/globals';
import { share } from '../../proof.ts';
import { NarrowLine } from './narrow-line.ts';

const bytes = share(50_000_000);

test(`${bytes / 1e6} MB over 1 Mbit/s keep the real lease of 15 s`, async () => {
  const line = await NarrowLine.open();
  try {
    const { kept, size } = await line.send(bytes, 15, true);
    expect({ kept, size }).toEqual({ kept: true, size: bytes });
  } finally {
    await line.close();
  }
}, 900_000);
