import { expect, test } from '@jest/globals';
import { Slots } from '../../src/transport/slots.ts';
import { failure } from './common.ts';

test('places are handed out in the order they were asked for', async () => {
  const slots = new Slots(2);
  const order: number[] = [];
  const leave = await Promise.all([slots.take(), slots.take()]);
  const waiting = [1, 2, 3].map(async (number) => {
    const free = await slots.take();
    order.push(number);
    free();
  });
  expect(order).toEqual([]);
  leave[0]();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

test('giving a place back twice makes no second place', async () => {
  const slots = new Slots(1);
  const leave = await slots.take();
  leave();
  leave();
  await slots.take();
  let second = false;
  void slots.take().then(() => (second = true));
  await new Promise((done) => setTimeout(done, 5));
  expect(second).toBe(false);
});

test('the end turns away who waits and who comes', async () => {
  const slots = new Slots(1);
  await slots.take();
  const waiting = failure(slots.take());
  slots.end(new Error('over'));
  expect((await waiting).message).toBe('over');
  expect((await failure(slots.take())).message).toBe('over');
});
