import { expect, it } from "vitest";

import { chooseNamespace, session, signIn, signOut, subscribe } from "@/api/session";

it("keeps a key for the tab, or on the machine if that is wished", () => {
  signIn("  rw_a_b ", false);
  expect(session()).toEqual({ key: "rw_a_b", namespace: "" });
  expect(localStorage.length).toBe(0);
  signIn("rw_a_b", true);
  expect(sessionStorage.length).toBe(0);
  expect(localStorage.length).toBe(1);
  chooseNamespace("team");
  expect(localStorage.getItem("runwire.session")).toContain("team");
  signOut();
  expect(localStorage.length + sessionStorage.length).toBe(0);
});

it("tells who follows", () => {
  let told = 0;
  const off = subscribe(() => (told += 1));
  signIn("a", false);
  signOut();
  off();
  signIn("b", false);
  expect(told).toBe(2);
});
