// The TextMate grammar over the repository's programs: what stands in a text is a string, in a comment a comment,
// and words of the language, numbers and names are what they are.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const { Registry, INITIAL, parseRawGrammar } = require("vscode-textmate");
const { loadWASM, OnigScanner, OnigString } = require("vscode-oniguruma");
const here = new URL(".", import.meta.url);
const corpus = new URL("../../../tests/corpus/", here);

async function grammar() {
  await loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const file = new URL("../syntaxes/journey.tmLanguage.json", here);
  const registry = new Registry({
    onigLib: { createOnigScanner: (s) => new OnigScanner(s), createOnigString: (s) => new OnigString(s) },
    loadGrammar: () => parseRawGrammar(readFileSync(file, "utf8"), "journey.tmLanguage.json"),
  });
  return registry.loadGrammar("source.journey");
}

const loaded = await grammar();

/** Each token of a text with its innermost scope. */
function tokens(text) {
  let state = INITIAL;
  return text.split("\n").map((line) => {
    const found = loaded.tokenizeLine(line, state);
    state = found.ruleStack;
    return found.tokens.map((token) => ({
      text: line.slice(token.startIndex, token.endIndex),
      scopes: token.scopes,
      scope: token.scopes.at(-1),
    }));
  });
}

const scopes = (line) => Object.fromEntries(tokens(line)[0].map((t) => [t.text.trim(), t.scope]));

test("declarations, words, names and numbers", () => {
  const found = scopes("journey abandoned_cart {");
  assert.equal(found.journey, "keyword.declaration.journey");
  assert.equal(found.abandoned_cart, "entity.name.function.journey");
  const enter = scopes("    enter on cart_updated where value >= 20 EUR key cart_id");
  assert.equal(enter.enter, "keyword.control.journey");
  assert.equal(enter.where, "keyword.control.journey");
  assert.equal(enter.value, "variable.other.journey");
  assert.equal(enter["20"], "constant.numeric.journey");
  assert.equal(enter.EUR, "constant.other.currency.journey");
  assert.equal(scopes("    wait 2 hours").hours, "keyword.other.unit.journey");
  assert.equal(scopes("    at 2026-01-05T10:00:00Z paid { }")["2026-01-05T10:00:00Z"], "constant.numeric.time.journey");
  assert.equal(scopes("a.count")["count"], "variable.other.property.journey");
  assert.equal(scopes("    limit: int = 0").limit, "variable.other.property.journey");
});

test("texts with texts within", () => {
  const found = tokens('    body: "Hi {name ?? "you {x}"}, \\"{{" // no')[0];
  const at = (text) => found.find((t) => t.text.trim() === text);
  assert.equal(at("name").scope, "variable.other.journey");
  assert.ok(at("x").scopes.filter((s) => s === "meta.interpolation.journey").length === 2);
  assert.equal(at("{{").scope, "constant.character.escape.journey");
  assert.match(found.at(-1).scope, /^comment/);
});

test("the corpus: no line runs into the next, nothing is left without a scope", () => {
  let lines = 0;
  for (const name of readdirSync(corpus).filter((name) => name.endsWith(".journey"))) {
    const text = readFileSync(new URL(name, corpus), "utf8");
    tokens(text).forEach((line, at) => {
      lines += 1;
      for (const token of line) {
        const bare = token.scopes.length === 1 && /[A-Za-z0-9_"]/.test(token.text);
        assert.ok(!bare, `${name}:${at + 1}: \`${token.text}\` is nothing`);
      }
      const source = text.split("\n")[at].trim();
      if (source.startsWith("//")) {
        assert.match(line.at(-1).scope, /^comment/, `${name}:${at + 1}`);
      } else if (/^[a-z_]/.test(source)) {
        assert.ok(!line[0].scope.startsWith("string"), `${name}:${at + 1} is in a text: ${source}`);
      }
    });
  }
  assert.ok(lines > 2000);
});
