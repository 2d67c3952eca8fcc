import { expect, test } from '@jest/globals';
import { hostRanges, hostsText, whereText } from '../../src/report/hosts-text.ts';
import { hostNames } from './fixtures.ts';

test('host names that differ in a number become ranges', () => {
  expect(hostRanges(hostNames('web', 12))).toEqual(['web[01-12]']);
  expect(hostRanges(['web9', 'web10', 'web11'])).toEqual(['web[9-11]']);
  expect(hostRanges(['web1', 'db', 'web2', 'web7'])).toEqual(['web[1-2,7]', 'db']);
  expect(hostRanges(['10.0.0.1', '10.0.0.2', '10.0.1.1'])).toEqual(['10.0.0.[1-2]', '10.0.1.1']);
  expect(hostRanges(['hqweb0-production', 'hqweb1-production'])).toEqual(['hqweb[0-1]-production']);
  expect(hostRanges([])).toEqual([]);
});

test('hosts in a sentence: few by name, many as ranges, very many cut short', () => {
  expect(hostsText(['web1', 'web2', 'web3'])).toBe('web1, web2, web3');
  expect(hostsText([...hostNames('web', 30), 'db'])).toBe('web[01-30], db');
  expect(hostsText(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])).toBe('a, b, c, d, e, … and 3 more hosts');
});

test('what is the same on all hosts is said once', () => {
  expect(whereText([['web1', 'X']])).toBe('X on web1');
  expect(
    whereText([
      ['web1', 'X'],
      ['web2', 'X'],
    ]),
  ).toBe('X on all 2 hosts');
  expect(
    whereText([
      ['web1', 'X'],
      ['web2', 'Y'],
      ['web3', 'X'],
    ]),
  ).toBe('X on web1, web3; Y on web2');
  expect(whereText([])).toBe('');
});
