import { beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError, CODE } from "@/api/errors";
import { chooseNamespace, refuse, session, signIn, signOut, subscribe } from "@/api/session";

const NAME = "runwire.session";

beforeEach(signOut);

describe("the session", () => {
  it("keeps a key for the tab, or for the machine if asked to", () => {
    signIn("  rw_a_b \n", false);
    expect(session()).toEqual({ key: "rw_a_b", namespace: "", refused: null });
    expect(sessionStorage.getItem(NAME)).toContain("rw_a_b");
    expect(localStorage.getItem(NAME)).toBeNull();
    signIn("rw_c_d", true);
    expect(sessionStorage.getItem(NAME)).toBeNull();
    expect(localStorage.getItem(NAME)).toContain("rw_c_d");
  });

  it("keeps a namespace where the key is kept", () => {
    signIn("rw_a_b", true);
    chooseNamespace("team-a");
    expect(session()).toMatchObject({ key: "rw_a_b", namespace: "team-a" });
    expect(localStorage.getItem(NAME)).toContain("team-a");
    expect(sessionStorage.getItem(NAME)).toBeNull();
  });

  it("forgets everything at the end", () => {
    signIn("rw_a_b", true);
    chooseNamespace("team-a");
    signOut();
    expect(session()).toEqual({ key: "", namespace: "", refused: null });
    expect(localStorage.length + sessionStorage.length).toBe(0);
  });

  it("forgets a refused key, and says why until somebody signs in; the first reason stays", () => {
    signIn("rw_a_b", true);
    refuse(new ApiError("revoked", CODE.unauthenticated, "KEY_REVOKED"));
    refuse(new ApiError("missing", CODE.unauthenticated, "CREDENTIALS_MISSING"));
    expect(session()).toMatchObject({ key: "", refused: { reason: "KEY_REVOKED" } });
    expect(localStorage.length + sessionStorage.length).toBe(0);
    signIn("rw_c_d", false);
    expect(session().refused).toBeNull();
  });

  it("tells who listens, until they do not", () => {
    const listener = vi.fn();
    const off = subscribe(listener);
    signIn("rw_a_b", false);
    off();
    signOut();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("follows what another tab does to the key of the machine, not to the key of a tab", () => {
    signIn("rw_a_b", true);
    localStorage.clear();
    const gone = () =>
      dispatchEvent(new StorageEvent("storage", { key: NAME, storageArea: localStorage }));
    gone();
    expect(session().key).toBe("");
    signIn("rw_mine_x", false);
    gone();
    expect(session().key).toBe("rw_mine_x");
  });
});

describe("what was kept", () => {
  it.each(["{", "null", "[]", '{"key":7,"namespace":{}}'])("%s is nobody", async (kept) => {
    vi.resetModules();
    sessionStorage.setItem(NAME, kept);
    const fresh = await import("@/api/session");
    expect(fresh.session()).toEqual({ key: "", namespace: "", refused: null });
  });

  it("is taken up again", async () => {
    vi.resetModules();
    sessionStorage.setItem(NAME, '{"key":"rw_a_b","namespace":"team-a"}');
    const fresh = await import("@/api/session");
    expect(fresh.session()).toEqual({ key: "rw_a_b", namespace: "team-a", refused: null });
  });
});
