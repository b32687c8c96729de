import type { words as english } from "./en-words.ts";
import { problemZh } from "./zh-problems.ts";

type Words = Readonly<Record<string, string | undefined>>;

/** Roles that an organization made itself are called as it calls them. */
const ROLES: Words = {
  ...{ owner: "所有者", member: "成员", contributor: "贡献者" },
};
const ACTIONS: Words = { pull: "拉取", push: "推送", delete: "删除", admin: "管理" };
const EVENTS: Words = {
  ...{ push: "推送", pull: "拉取", delete: "删除", "tag-moved": "标签移动" },
  ...{ repository: "仓库", namespace: "命名空间", member: "成员", right: "权限" },
  ...{ "quota-warning": "配额预警", "quota-exceeded": "超出配额", build: "构建" },
  ...{ "retention-removed": "按保留策略移除", scan: "扫描", vulnerability: "漏洞" },
};
const CHECKS: Words = { database: "数据库", storage: "存储", headroom: "剩余空间" };
const CHECK_STATES: Words = { ok: "正常", failed: "故障" };

export const wordsZh: typeof english = {
  role: (name) => ROLES[name] ?? name,
  action: (name) => ACTIONS[name] ?? name,
  event: (name) => EVENTS[name] ?? name,
  check: (name) => CHECKS[name] ?? name,
  checkState: (state) => CHECK_STATES[state] ?? state,
  showPassword: "显示输入的内容",
  problem: problemZh,
};
