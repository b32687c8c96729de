import { programOf, splitCommands, verbOf } from "../flaws/dockerfile/commands.ts";
import { example, type LintExample, type LintRule, onInstructions } from "./lint-rule.ts";

interface Manager {
  readonly id: string;
  readonly named: string;
  readonly hadolint: string;
  readonly programs: RegExp;
  readonly verbs: RegExp;
  /** How a version is written; also what has none to be written. */
  readonly isPinned: RegExp;
  /** Options whose next word is their value. */
  readonly withValue?: RegExp;
  readonly how: string;
  readonly fires: LintExample;
  readonly silent: LintExample;
}

const NO_NAME = /^[-$"'<>&]|^\d?>|\/$|^\.{1,2}(?:\/|$)|^\/|:\/\/|^git\+/;

const MANAGERS: readonly Manager[] = [
  {
    id: "apt-version-open",
    named: "apt-get",
    hadolint: "DL3008",
    programs: /^apt(?:-get)?$/,
    verbs: /^install$/,
    isPinned: /=|\/|\.deb$/,
    withValue: /^(?:-t|--target-release|-o|-c)$/,
    how: "Write NAME=VERSION.",
    fires: example("FROM debian:12", "RUN apt-get install -y curl"),
    silent: example("FROM debian:12", "RUN apt-get install -y -t bookworm curl=7.88.1-10"),
  },
  {
    id: "pip-version-open",
    named: "pip",
    hadolint: "DL3013",
    programs: /^pip[\d.]*$/,
    verbs: /^install$/,
    isPinned: /[=<>~@]|\.whl$|\.txt$/,
    withValue:
      /^(?:-r|--requirement|-c|--constraint|-i|--index-url|--extra-index-url|-t|--target|-e|--editable|--prefix|--root|-f|--find-links)$/,
    how: "Write NAME==VERSION, or install from a file of requirements.",
    fires: example("FROM python:3.13", "RUN pip install flask"),
    silent: example(
      "FROM python:3.13",
      "RUN pip install flask==3.1.0",
      "RUN pip install -r requirements.txt",
    ),
  },
  {
    id: "npm-version-open",
    named: "npm",
    hadolint: "DL3016",
    programs: /^npm$/,
    verbs: /^(?:i|install|add)$/,
    isPinned: /.@|\.tgz$/,
    withValue: /^(?:--prefix|--registry|-w|--workspace|--loglevel)$/,
    how: "Write NAME@VERSION.",
    fires: example("FROM node:22", "RUN npm install -g typescript"),
    silent: example(
      "FROM node:22",
      "RUN npm install -g @types/node@22 typescript@5.9",
      "RUN npm install",
    ),
  },
  {
    id: "apk-version-open",
    named: "apk",
    hadolint: "DL3018",
    programs: /^apk$/,
    verbs: /^add$/,
    isPinned: /[=<>~]|\.apk$|^\.\w/,
    withValue: /^(?:-t|--virtual|-X|--repository|-p|--root|--arch)$/,
    how: "Write NAME=VERSION or NAME~VERSION.",
    fires: example("FROM alpine:3.22", "RUN apk add --no-cache curl"),
    silent: example("FROM alpine:3.22", "RUN apk add --no-cache --virtual .build curl=8.14.1-r1"),
  },
  {
    id: "gem-version-open",
    named: "gem",
    hadolint: "DL3028",
    programs: /^gem$/,
    verbs: /^(?:i|install)$/,
    isPinned: /:\d|\.gem$/,
    withValue: /^(?:-i|--install-dir|-n|--bindir)$/,
    how: "Write NAME:VERSION.",
    fires: example("FROM ruby:3.4", "RUN gem install bundler"),
    silent: example(
      "FROM ruby:3.4",
      "RUN gem install bundler:2.6.2",
      "RUN gem install rake -v 13.2",
    ),
  },
  {
    id: "yum-version-open",
    named: "yum",
    hadolint: "DL3033",
    programs: /^yum$/,
    verbs: /^(?:install|reinstall)$/,
    isPinned: /-\d|\.rpm$|^@/,
    how: "Write NAME-VERSION.",
    fires: example("FROM centos:7", "RUN yum install -y curl"),
    silent: example("FROM centos:7", "RUN yum install -y curl-7.29.0"),
  },
  {
    id: "zypper-version-open",
    named: "zypper",
    hadolint: "DL3037",
    programs: /^zypper$/,
    verbs: /^(?:in|install)$/,
    isPinned: /[=<>]|\.rpm$/,
    withValue: /^(?:-t|--type|-r|--repo|--from)$/,
    how: "Write NAME=VERSION.",
    fires: example("FROM opensuse/leap:15", "RUN zypper install -y curl"),
    silent: example("FROM opensuse/leap:15", "RUN zypper install -y curl=8.0.1"),
  },
  {
    id: "dnf-version-open",
    named: "dnf",
    hadolint: "DL3041",
    programs: /^(?:micro)?dnf$/,
    verbs: /^(?:install|reinstall)$/,
    isPinned: /-\d|\.rpm$|^@/,
    how: "Write NAME-VERSION.",
    fires: example("FROM fedora:42", "RUN dnf install -y curl"),
    silent: example("FROM fedora:42", "RUN dnf install -y curl-8.11.1"),
  },
  {
    id: "go-version-open",
    named: "go",
    hadolint: "DL3062",
    programs: /^go$/,
    verbs: /^install$/,
    isPinned: /@(?!latest$)/,
    withValue: /^-(?:ldflags|tags|o|mod)$/,
    how: "Write MODULE@VERSION.",
    fires: example("FROM golang:1.23", "RUN go install example.com/tool@latest"),
    silent: example(
      "FROM golang:1.23",
      "RUN go install example.com/tool@v1.2.3",
      "RUN go install ./...",
    ),
  },
];

/** Packages that are another tomorrow. */
export const PINNING_RULES: readonly LintRule[] = MANAGERS.map((manager) => ({
  id: manager.id,
  theme: "pinning",
  severity: "low",
  title: `${manager.named} installs whatever version there is`,
  why: "The same Dockerfile makes another image tomorrow.",
  fix: manager.how,
  hadolint: [manager.hadolint],
  ...{ fires: manager.fires, silent: manager.silent },
  check: onInstructions(["RUN"], (run) => {
    const open = splitCommands(run.text).flatMap((command) => openNames(command, manager));
    return open.length === 0 ? [] : [{ detail: open.slice(0, 10).join(", ") }];
  }),
}));

function openNames(command: readonly string[], manager: Manager): string[] {
  const { programs, verbs, isPinned, withValue } = manager;
  if (!programs.test(programOf(command)) || !verbs.test(verbOf(command))) return [];
  const words = command.slice(command.indexOf(verbOf(command)) + 1);
  if (words.some((word) => /^(?:-v|--version)(?:=|$)/.test(word))) return [];
  return words.filter(
    (word, index) =>
      !NO_NAME.test(word) &&
      word !== "\\" &&
      !isPinned.test(word) &&
      !(withValue?.test(words[index - 1] ?? "") ?? false),
  );
}
