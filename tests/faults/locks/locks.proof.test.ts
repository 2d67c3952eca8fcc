import { test } from '@jest/globals';
import { share } from '../../proof.ts';
import { judge } from './judge.ts';
import { fight } from './stage.ts';

const acquisitions = share(1000);

test(`eight controllers, ${acquisitions} acquisitions: no two overlapping effects, no lock left`, async () => {
  await fight({ controllers: 8, acquisitions, lease: 1, pause: 200, stubborn: 0.02, between: 2500, limit: 420 }, judge);
}, 600_000);
