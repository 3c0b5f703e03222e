// The graph of the journey that the cursor is in, beside the text: `journey graph` draws it, each shape knows its
// line, and the shape of the cursor's line is marked. A click on a shape leads to its line.

import * as vscode from "vscode";
import { program, run } from "./command";

const HEAD = /^\s*journey\s+`?([A-Za-z_]\w*)/;

interface Shown {
  uri: vscode.Uri;
  journey: string;
}

export class Preview implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private shown: Shown | undefined;
  private readonly watched: vscode.Disposable[];
  private drawing = 0;

  constructor() {
    this.watched = [
      vscode.window.onDidChangeTextEditorSelection((e) => this.follow(e.textEditor)),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (document.languageId === "journey" && this.shown) {
          void this.draw(this.shown);
        }
      }),
    ];
  }

  dispose() {
    this.watched.forEach((watched) => watched.dispose());
    this.panel?.dispose();
  }

  /** Opens the preview for a journey, or for the one at the cursor. */
  async open(uri?: vscode.Uri, journey?: string) {
    const editor = vscode.window.visibleTextEditors.find((e) => e.document.languageId === "journey");
    const at = uri && journey ? { uri, journey } : editor && journeyAt(editor);
    if (!at) {
      void vscode.window.showInformationMessage("There is no journey in this file.");
      return;
    }
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel(
        "journey.preview",
        "Journey",
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: true, retainContextWhenHidden: true },
      );
      this.panel.webview.html = page();
      this.panel.onDidDispose(() => {
        this.panel = undefined;
        this.shown = undefined;
      });
      this.panel.webview.onDidReceiveMessage((message: { line: number }) => this.go(message.line));
    }
    await this.draw(at);
    const shownIn = vscode.window.visibleTextEditors.find((e) => e.document.uri.toString() === at.uri.toString());
    if (shownIn) {
      this.mark(shownIn);
    }
  }

  private async follow(editor: vscode.TextEditor) {
    if (!this.panel || editor.document.languageId !== "journey") {
      return;
    }
    const at = journeyAt(editor);
    if (!at) {
      return;
    }
    if (at.journey !== this.shown?.journey || at.uri.toString() !== this.shown.uri.toString()) {
      await this.draw(at);
    }
    this.mark(editor);
  }

  private mark(editor: vscode.TextEditor) {
    const line = editor.selection.active.line + 1;
    void this.panel?.webview.postMessage({ line });
  }

  private async draw(at: Shown) {
    this.shown = at;
    const drawing = ++this.drawing;
    const ran = await run(["graph", program(at.uri.fsPath), at.journey, "--format", "svg"]);
    if (!this.panel || drawing !== this.drawing) {
      return;
    }
    this.panel.title = at.journey;
    const svg = ran.code === 0 ? ran.out : undefined;
    await this.panel.webview.postMessage(svg ? { svg } : { wrong: ran.errors.trim() });
  }

  private async go(line: number) {
    if (!this.shown) {
      return;
    }
    const place = new vscode.Position(line - 1, 0);
    await vscode.window.showTextDocument(this.shown.uri, {
      viewColumn: vscode.ViewColumn.One,
      selection: new vscode.Range(place, place),
    });
  }
}

/** The last journey that begins above the cursor; the first of the file where there is none. */
function journeyAt(editor: vscode.TextEditor): Shown | undefined {
  const document = editor.document;
  const lines = document.getText().split("\n");
  const name = (line: string) => HEAD.exec(line)?.[1];
  const above = lines.slice(0, editor.selection.active.line + 1).reverse();
  const journey = above.map(name).find(Boolean) ?? lines.map(name).find(Boolean);
  return journey === undefined ? undefined : { uri: document.uri, journey };
}

function page(): string {
  const nonce = Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>
  body { padding: 1rem; }
  svg { max-width: 100%; height: auto; border-radius: 6px; }
  rect[data-line]:not([data-line="0"]) { cursor: pointer; }
  rect.here { stroke: #ea580c; stroke-width: 3; }
  #wrong { white-space: pre-wrap; color: var(--vscode-errorForeground); font-family: var(--vscode-editor-font-family); }
</style>
</head>
<body>
<div id="graph"></div>
<div id="wrong"></div>
<script nonce="${nonce}">
  const api = acquireVsCodeApi();
  const graph = document.getElementById("graph"), wrong = document.getElementById("wrong");
  let line = 0;
  const mark = () => {
    const all = [...graph.querySelectorAll("rect[data-line]")];
    all.forEach((one) => one.classList.remove("here"));
    const before = all.filter((one) => Number(one.dataset.line) <= line);
    const here = before.sort((a, b) => a.dataset.line - b.dataset.line).at(-1);
    here?.classList.add("here");
    here?.scrollIntoView({ block: "nearest" });
  };
  window.addEventListener("message", ({ data }) => {
    if (data.svg !== undefined) graph.innerHTML = data.svg;
    wrong.textContent = data.wrong ?? (data.svg === undefined ? wrong.textContent : "");
    line = data.line ?? line;
    mark();
  });
  graph.addEventListener("click", (event) => {
    const at = Number(event.target.dataset?.line ?? event.target.previousElementSibling?.dataset?.line ?? 0);
    if (at > 0) api.postMessage({ line: at });
  });
</script>
</body>
</html>`;
}
