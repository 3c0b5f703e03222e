// Journey in VS Code: the language server, the test view, the graph beside the text.

import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { command, program, run } from "./command";
import { Preview } from "./preview";
import { Tests } from "./testing";

/** What a code lens is about. */
interface About {
  uri: string;
  name: string;
}

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext) {
  const log = vscode.window.createOutputChannel("Journey");
  const tests = new Tests(log);
  const preview = new Preview();
  context.subscriptions.push(log, tests, preview);

  const start = async () => {
    client = made(log, tests, preview);
    await client.start().catch((error: Error) => {
      void vscode.window.showErrorMessage(
        `\`${command()} lsp\` does not start: ${error.message}. Is \`journey.command\` set?`,
      );
    });
  };
  const restart = async () => {
    await client?.stop().catch(() => undefined);
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("journey.preview", () => preview.open()),
    vscode.commands.registerCommand("journey.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (e) => {
      if (e.affectsConfiguration("journey.command")) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate() {
  await client?.stop();
}

function made(log: vscode.OutputChannel, tests: Tests, preview: Preview): LanguageClient {
  const executable = { command: command(), args: ["lsp"], transport: TransportKind.stdio };
  return new LanguageClient("journey", "Journey", executable, {
    documentSelector: [
      { language: "journey" },
      { scheme: "file", pattern: "**/journey.toml" },
    ],
    outputChannel: log,
    middleware: {
      // The code lenses' commands are this editor's own: the test view, the preview, the output.
      executeCommand: async (name, args, next) => {
        const about = args[0] as About | undefined;
        if (!about) {
          return next(name, args);
        }
        const uri = vscode.Uri.parse(about.uri);
        switch (name) {
          case "journey.runTest":
            return tests.runOne(uri, about.name);
          case "journey.showGraph":
            return preview.open(uri, about.name);
          case "journey.simulate":
            return simulate(uri, log);
          default:
            return next(name, args);
        }
      },
    },
  });
}

async function simulate(uri: vscode.Uri, log: vscode.OutputChannel) {
  await vscode.workspace.saveAll(false);
  const title = "journey simulate";
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const ran = await vscode.window.withProgress(options, (_, token) =>
    run(["simulate", program(uri.fsPath)], token),
  );
  log.appendLine(`${ran.out}${ran.errors}`);
  log.show(true);
}
