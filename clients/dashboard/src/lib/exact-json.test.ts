import fc from "fast-check";
import { expect, it } from "vitest";

import { readExact } from "@/lib/exact-json";

function again(text: string): string {
  const { value, spell } = readExact(text);
  return spell(value);
}

it("sends numbers as they were spelled", () => {
  const text =
    '{"big":12345678901234567890,"one":1,"half":0.5,"five":5.0,"e":1e3,"list":[-9007199254740993,-0]}';
  expect(again(text)).toBe(text);
});

it("leaves everything else alone", () => {
  const text = '{"a":"12345678901234567890","b\\"1.0":[null,true,{"c":"5.0 \\\\"}]}';
  expect(again(text)).toBe(text);
  expect(readExact(text).value).toEqual(JSON.parse(text));
});

it("changes no JSON there is", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const read: unknown = JSON.parse(again(text));
      expect(read).toEqual(JSON.parse(text));
    }),
  );
});
