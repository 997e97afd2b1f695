import { expect, it } from "vitest";

import { parseExact } from "@/lib/exact-json";

it("sends numbers as they were spelled", () => {
  const text =
    '{"big":12345678901234567890,"one":1,"half":0.5,"five":5.0,"e":1e3,"list":[9007199254740993]}';
  expect(JSON.stringify(parseExact(text))).toBe(text);
});

it("leaves everything else alone", () => {
  const text = '{"a":"12345678901234567890","b":[null,true,{"c":"5.0"}]}';
  expect(parseExact(text)).toEqual(JSON.parse(text));
});
