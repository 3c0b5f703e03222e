// `test` blocks in the editor's test view: found as one types, run by `journey test`, which says what failed and where.

import * as path from "node:path";
import * as vscode from "vscode";
import { program, run } from "./command";

/** A line of `journey test --format json`. */
interface Verdict {
  test: string;
  file: string;
  line: number;
  passed: boolean;
  failures?: { line: number; expectation: string; message: string }[];
}

const TITLE = /^\s*test\s+"((?:[^"\\]|\\.)*)"/;

export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("journey", "Journey");
  private readonly watched: vscode.Disposable[] = [];

  constructor(private readonly log: vscode.OutputChannel) {
    this.controller.createRunProfile(
      "Run", vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true,
    );
    this.controller.refreshHandler = () => this.findAll();
    this.controller.resolveHandler = async (item) => {
      if (!item) {
        await this.findAll();
      }
    };
    const files = vscode.workspace.createFileSystemWatcher("**/*.journey");
    this.watched.push(
      files,
      files.onDidCreate((uri) => this.read(uri)),
      files.onDidChange((uri) => this.read(uri)),
      files.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.find(document.uri, document.getText())),
      vscode.workspace.onDidChangeTextDocument((e) => this.find(e.document.uri, e.document.getText())),
    );
    void this.findAll();
  }

  dispose() {
    this.watched.forEach((watched) => watched.dispose());
    this.controller.dispose();
  }

  private async findAll() {
    for (const uri of await vscode.workspace.findFiles("**/*.journey")) {
      await this.read(uri);
    }
  }

  private async read(uri: vscode.Uri) {
    const open = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
    const text = open ? open.getText() : new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    this.find(uri, text);
  }

  /** The tests of a file, by their titles and lines. */
  private find(uri: vscode.Uri, text: string) {
    if (uri.scheme !== "file" || !uri.path.endsWith(".journey")) {
      return;
    }
    const found: vscode.TestItem[] = [];
    text.split("\n").forEach((line, at) => {
      const title = TITLE.exec(line)?.[1];
      if (title !== undefined) {
        const item = this.controller.createTestItem(`${uri}#${title}`, title.replace(/\\(.)/g, "$1"), uri);
        item.range = new vscode.Range(at, 0, at, line.length);
        found.push(item);
      }
    });
    if (found.length === 0) {
      this.controller.items.delete(uri.toString());
      return;
    }
    let file = this.controller.items.get(uri.toString());
    if (!file) {
      file = this.controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
      this.controller.items.add(file);
    }
    file.children.replace(found);
  }

  /** Runs the test of a code lens. */
  async runOne(uri: vscode.Uri, title: string) {
    await this.read(uri);
    const item = this.controller.items.get(uri.toString())?.children.get(`${uri}#${title}`);
    const found = item ?? [...this.all()].find((one) => one.label === title);
    if (found) {
      await vscode.commands.executeCommand("workbench.view.testing.focus");
      await this.run(new vscode.TestRunRequest([found]), new vscode.CancellationTokenSource().token);
    }
  }

  private *all(): Iterable<vscode.TestItem> {
    for (const [, file] of this.controller.items) {
      for (const [, item] of file.children) {
        yield item;
      }
    }
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken) {
    const asked = new Set(request.include ?? [...this.all()]);
    const left = new Set(request.exclude ?? []);
    const items = [...this.all()].filter(
      (item) => (asked.has(item) || (item.parent && asked.has(item.parent))) && !left.has(item),
    );
    const going = this.controller.createTestRun(request);
    items.forEach((item) => going.enqueued(item));
    await vscode.workspace.saveAll(false);
    const programs = new Map<string, vscode.TestItem[]>();
    for (const item of items) {
      const of = program(item.uri!.fsPath);
      programs.set(of, [...(programs.get(of) ?? []), item]);
    }
    for (const [of, its] of programs) {
      its.forEach((item) => going.started(item));
      const filter = its.length === 1 ? [its[0].label] : [];
      const ran = await run(["test", of, ...filter, "--format", "json"], token);
      going.appendOutput(ran.errors.replace(/\r?\n/g, "\r\n"));
      this.judge(going, of, its, ran.out, ran.errors);
    }
    going.end();
  }

  private judge(going: vscode.TestRun, of: string, items: vscode.TestItem[], out: string, errors: string) {
    const verdicts = out.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Verdict);
    for (const item of items) {
      const its = verdicts.find(
        (v) => v.test === item.label && item.uri!.fsPath.endsWith(path.normalize(v.file)),
      );
      if (!its) {
        going.errored(item, new vscode.TestMessage(errors.trim() || "the test did not run"));
        this.log.appendLine(`${of}: ${errors}`);
      } else if (its.passed) {
        going.appendOutput(`passed: ${its.test}\r\n`, undefined, item);
        going.passed(item);
      } else {
        const failures = (its.failures ?? []).map((failure) => {
          const said = `${its.file}:${failure.line}: ${failure.expectation}\r\n    ${failure.message}\r\n`;
          going.appendOutput(`failed: ${its.test}\r\n${said}`, undefined, item);
          const message = new vscode.TestMessage(`${failure.message}\n${failure.expectation}`);
          message.location = new vscode.Location(item.uri!, new vscode.Position(failure.line - 1, 0));
          return message;
        });
        going.failed(item, failures);
      }
    }
  }
}
