// The chat page of examples/langgraph_agent, built, in a real browser, against a real server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { CHAT_URL, CHROMIUM, RESTART_URL, SCREENSHOTS } = process.env;
const SECONDS = 30;
const BOOKING = "Book a train from Vienna to Zagreb";

let browser, page, log, field, send;
const troubles = [];

before(async () => {
  // Its sandbox needs rights that containers lack; the only page it sees is ours.
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 900, height: 620 } });
  page.setDefaultTimeout(SECONDS * 1000);
  page.on("pageerror", (error) => troubles.push(error.message));
  log = page.getByRole("log", { name: "Conversation" });
  field = page.getByRole("textbox", { name: "Message" });
  send = page.getByRole("button", { name: "Send" });
});

after(() => browser?.close());

const shot = async (name) => {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
};

async function say(text) {
  await field.fill(text);
  await page.keyboard.press("Enter");
}

/** The lines of the conversation, as they are read. */
const lines = async () => (await log.innerText()).split("\n").filter((line) => line.trim());

/** Waits for a text at the end of the conversation. */
const told = (text) => log.locator("li").last().getByText(text).waitFor();

/** Notes every text that the last line has had. */
async function listen() {
  await page.evaluate(() => {
    window.heard = [];
    const conversation = document.querySelector("[role=log]");
    const note = () => window.heard.push(conversation.lastElementChild?.innerText ?? "");
    new MutationObserver(note).observe(conversation, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
}

test("an empty page offers what one may ask, and has the focus where one writes", async () => {
  await page.goto(CHAT_URL);
  await page.getByRole("button", { name: BOOKING }).waitFor();
  assert.equal(await field.evaluate((element) => element === document.activeElement), true);
  await shot("empty");
});

test("a booking: tokens come one by one, and then a question", async () => {
  await listen();
  await page.getByRole("button", { name: BOOKING }).click();
  const question = page.getByRole("region", { name: "Book EC 217 for 39 euros?" });
  await question.waitFor();
  const heard = await page.evaluate(() => new Set(window.heard).size);
  assert.ok(heard > 8, `${heard} different texts`);
  assert.equal(await field.count(), 0); // first the answer
  assert.equal(await question.evaluate((element) => element === document.activeElement), true);
  assert.match(page.url(), /\?thread=[0-9a-f-]{36}$/);
  await shot("question");
});

test("the question survives a reload, and is answered by the keyboard", async () => {
  await page.reload();
  await page.getByRole("region", { name: "Book EC 217 for 39 euros?" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await told("EC 217 is booked, seat 42. Anything else?");
  await send.waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.equal((await lines()).filter((line) => line === BOOKING).length, 1);
  await shot("booked");
});

test("what is refused is not booked", async () => {
  await say("Please book EN 414");
  await page.getByRole("button", { name: "No", exact: true }).click();
  await told("EN 414 was not booked: nobody wants to pay 59 euros. Anything else?");
  await send.waitFor();
});

test("an answer is stopped, and stays so", async () => {
  await say("What do you know?"); // the answer to that is a long one
  await told("I know");
  await page.getByRole("button", { name: "Stop" }).click();
  await send.waitFor();
  await page.reload();
  await told("What do you know?");
  assert.equal(await page.getByRole("button", { name: "Stop" }).count(), 0);
});

test("a reload in the middle of an answer comes back to it", async () => {
  const asked = "What else? <img src=x onerror=alert(1)>";
  await say(asked);
  await told("I know");
  await page.reload();
  await page.getByRole("button", { name: "Stop" }).waitFor(); // it goes on
  await told(/^I know the trains .* once you have said yes, and not before\.$/);
  await send.waitFor();
  assert.deepEqual((await lines()).slice(-4, -1), ["You", asked, "Agent"]);
  assert.equal(await log.locator("img").count(), 0); // a text, not markup
});

test("the server is killed in the middle of an answer: it is completed all the same", async () => {
  await say("Vienna to Zurich");
  await told("There is");
  const { status } = await fetch(RESTART_URL, { method: "POST" });
  assert.equal(status, 204);
  await told("There is EN 414 at 21:27 for 59 euros. Shall I book it?");
  await send.waitFor();
  const expected = ["You", "Vienna to Zurich", "Agent", "Let me look."];
  expected.push("find_trains(Vienna, Zurich)", "find_trains answered", "Agent");
  assert.deepEqual((await lines()).slice(-8, -1), expected); // nothing twice
  assert.equal(await page.getByRole("alert").count(), 0);
});

for (const colorScheme of ["light", "dark"]) {
  test(`it is legible in ${colorScheme} and fits a telephone`, async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 380, height: 700 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 380, `${wide} pixels wide`);
    const found = await page.evaluate(contrasts);
    assert.ok(found.length > 10);
    assert.deepEqual(found.filter(({ ratio }) => ratio < 4.5), []);
    await shot(`narrow-${colorScheme}`);
  });
}

test("nothing went wrong in the page", () => assert.deepEqual(troubles, []));

/** How much each text stands out from what is behind it (WCAG); executed in the page. */
function contrasts() {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const [red, green, blue] = numbers(color).map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (numbers(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("#root *")].filter(hasText).map((element) => {
    const [low, high] = [getComputedStyle(element).color, behind(element)]
      .map(light)
      .sort((a, b) => a - b);
    return { text: element.textContent, ratio: (high + 0.05) / (low + 0.05) };
  });
}
