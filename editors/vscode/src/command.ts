// The `journey` command, as a child: what it prints, and whether it went well.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";

export interface Ran {
  code: number | null;
  out: string;
  errors: string;
}

export function command(): string {
  return vscode.workspace.getConfiguration("journey").get<string>("command") || "journey";
}

/** Runs the command to its end; whoever gives up ends it. */
export function run(args: string[], token?: vscode.CancellationToken): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command(), args, { stdio: ["ignore", "pipe", "pipe"] });
    const ran: Ran = { code: null, out: "", errors: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (ran.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (ran.errors += text));
    const given = token?.onCancellationRequested(() => child.kill());
    const end = () => {
      given?.dispose();
      resolve(ran);
    };
    child.on("error", (error) => {
      ran.errors += `\`${command()}\` could not be started: ${error.message}\n`;
      end();
    });
    child.on("close", (code) => {
      ran.code = code;
      end();
    });
  });
}

/** The program that a file belongs to: the folder with the `journey.toml` above it, or the file itself. */
export function program(file: string): string {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "journey.toml"))) {
      return folder;
    }
    if (folder === path.dirname(folder)) {
      return file;
    }
  }
}
