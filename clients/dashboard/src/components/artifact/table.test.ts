import { describe, expect, it } from "vitest";

import { rowsOf } from "@/components/artifact/table";

describe("rows of CSV", () => {
  it("have a head, quotes and any delimiter", () => {
    expect(rowsOf('a;b\n1;"x;y"\n\n2;"line\nbreak"\n', true)).toMatchObject({
      head: ["a", "b"],
      rows: [
        ["1", "x;y"],
        ["2", "line\nbreak"],
      ],
      more: false,
      trouble: "",
    });
  });
  it("leave out a last row that was cut", () => {
    expect(rowsOf("a,b\n1,2\n3", false)).toMatchObject({ rows: [["1", "2"]], more: true });
  });
  it("tell what could not be read", () => {
    expect(rowsOf('a,b\n"1,2\n', true).trouble).toContain("uote");
  });
  it("are one column without a delimiter", () => {
    expect(rowsOf("a\n1\n", true)).toMatchObject({ head: ["a"], rows: [["1"]], trouble: "" });
  });
});
