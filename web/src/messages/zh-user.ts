import type { user } from "./en-user.ts";

export const userZh: typeof user = {
  nobody: "没有目录或身份提供方的人可以打开此账户。",
  explain: (name) => `在那里以下列身份登录的人，会以 ${name} 的身份登录。`,
  unlinkExplain: (name) =>
    `它将不能再打开 ${name} 的账户，其会话会结束，由其用户组带来的权限会被收回。`,
  link: "关联登录方式",
  where: "来源",
  directory: "目录（LDAP）",
  person: "在那里是谁",
  inDirectory: "登录时输入的名称",
  atProvider: "令牌中的 `sub`",
  noProviders: "此镜像中心没有配置可以关联的目录或身份提供方。",
  sessionsExplain: (name) => `以 ${name} 的身份登录的浏览器。`,
  nowhere: (name) => `没有浏览器以 ${name} 的身份登录。`,
  endSessions: "结束所有会话",
  endExplain: (name) => `以 ${name} 的身份登录的浏览器需要重新登录。您正在使用的会话不受影响。`,
  resetTwoFactor: "关闭双因素登录",
  resetExplain: (name) =>
    `供丢失验证器应用和恢复代码的人使用：此后 ${name} 只凭密码即可登录，其会话会结束。`,
  noTwoFactor: "未开启。",
  hasTwoFactor: "已开启。",
  password: "新密码",
  passwordExplain: (name) =>
    `生成一个可以转交的链接，${name} 用它设置新密码。一小时内有效，只能用一次。`,
  makeLink: "生成链接",
  byLink: "链接",
  byCommand: "或在终端中",
};
