import { expect, test } from 'vitest';
import { parseImage } from './parse-image.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

test.each([
  'registry.example/team/catalogue:0.1.0',
  'registry.example:5000/catalogue:0.1.0',
  `registry.example:5000/catalogue@${DIGEST}`,
  `catalogue:0.1.0@${DIGEST}`,
  `registry.example/catalogue:latest@${DIGEST}`,
])('"%s" is one image for good', text => {
  expect(parseImage(text)).toBe(text);
});

test.each([
  'registry.example/catalogue',
  'registry.example:5000/catalogue',
  'registry.example/catalogue:latest',
])('"%s" is another one from day to day', text => {
  expect(() => parseImage(text)).toThrow('from day to day');
});

test.each([
  '',
  ' ',
  'a b:1',
  'catalogue:1 ',
  'catalogue@sha256:0a',
  'https://registry.example/catalogue:1:2',
  '-x:1',
])('"%s" is no image', text => {
  expect(() => parseImage(text)).toThrow('is no image');
});
