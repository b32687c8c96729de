import type { Messages } from "./en.ts";

export const settingsZh: Messages["settings"] = {
  title: (repository) => `${repository} 的设置`,
  link: "设置",
  tabs: { general: "常规", rights: "权限", webhooks: "Webhook", usage: "配额和用量" },
  visibility: "谁可以看到它",
  setVisibility: "设置谁可以看到",
  visibilities: { private: "被授予权限的人", public: "所有能访问本服务的人" },
  policies: "保留策略和标签规则",
  move: "重命名或转让",
  moveExplain: "此后用旧名称拉取将被拒绝。移到另一个命名空间后，原有权限失效，以新的为准。",
  newName: "新名称，包括命名空间",
  moveSubmit: "移动",
  delete: "删除此仓库",
  deleteExplain: "所有标签和镜像会一并删除，无法恢复。",
  typeName: (name) => `输入 ${name} 以删除`,
  rightsExplain: (namespace) =>
    `按名称或 ${namespace} 的模式在此被授予权限的对象。角色自带的权限另计。`,
  limit: { default: "按配置", unlimited: "无限制", set: "限定为" },
  limitOf: (resource) => `${resource}的限制`,
  amountOf: (resource) => `上限：${resource}`,
  gigabytes: "GiB",
  setQuota: "设置配额",
};

export const hooksZh: Messages["hooks"] = {
  explain: "此处发生的事情会发送到您的地址，并重试直到送达。",
  none: "还没有 Webhook。",
  add: "添加 Webhook",
  label: "标签名",
  url: "地址",
  format: "格式",
  events: "事件",
  tags: "仅限这样的标签",
  secret: "用于对投递签名的密钥",
  secretHint: "16 个字符以上；不会再次显示",
  active: (label) => `${label} 已启用`,
  ping: "发送测试",
  pingOne: (label) => `向 ${label} 发送测试`,
  pinged: "已在途中。",
  removeOne: (label) => `移除 ${label}`,
  removeExplain: "不再发送任何内容。尚未送达的将丢失。",
  signed: "已签名",
};

export const tagRulesZh: Messages["tagRules"] = {
  edit: "修改规则",
  editExplain: "此处未规定的，以上级的规定为准。",
  saysHere: (rule) => `在此规定：${rule}`,
  lock: "下级不能另行规定",
  allow: "允许的标签，每行一个",
  allowHint: "semver、environment、architecture、glob:release-*、regex:v[0-9]+；留空：任意",
  patterns: "不可变标签，每行一个正则表达式",
  patternsHint: "匹配整个标签；留空：全部标签",
  isImmutable: "标签推送后不再移动",
  untilRetention: "保留策略可以删除它们",
  lines: "受保护的标签，每行：标签、谁可推送、谁可删除",
  linesHint:
    "v* push=team:release,role:owner delete=administrators；不写：原本有权的人；留空：无人",
  badLine: (line) => `无法读取此行：${line}`,
  aliases: {
    minor: "1.4 跟随最新的 1.4.x",
    major: "1 跟随最新的 1.x.y",
    latest: "latest 跟随最新版本",
  },
  suffixes: "合并的平台，每行一个后缀",
  suffixesHint: "amd64, arm64, arm-v7",
};

export const overridesZh: Messages["overrides"] = {
  title: "不可变标签的例外",
  explain: "一人申请移动或删除一个不可变的标签，由另一人批准。仅一次有效。",
  tag: "标签",
  askedBy: "申请人",
  approvedBy: "批准人",
  waits: "等待他人批准",
  hours: "小时",
  ask: "申请",
  approve: "批准",
  approveOne: (tag) => `批准移动 ${tag}`,
  withdraw: "撤回",
  withdrawOne: (tag) => `撤回 ${tag}`,
};
