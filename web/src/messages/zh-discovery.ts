import type { discovery as english, waste as englishWaste } from "./en-discovery.ts";

export const discoveryZh: typeof english = {
  category: "分类",
  anyCategory: "所有分类",
  architecture: "架构",
  anyArchitecture: "所有架构",
  signed: "已签名",
  verified: "已验证的发布者",
  signatures: (count) => `${count} 个在此有效的签名`,
  choose: "所属分类",
  chooseHint: "最多三个。搜索时可以按分类找到仓库。",
  categories: {
    "api-management": "API 管理",
    "content-management-system": "内容管理系统",
    "data-science": "数据科学",
    "databases-and-storage": "数据库与存储",
    "developer-tools": "开发工具",
    "integration-and-delivery": "集成与交付",
    "internet-of-things": "物联网",
    "languages-and-frameworks": "语言与框架",
    "machine-learning-and-ai": "机器学习与人工智能",
    "message-queues": "消息队列",
    "monitoring-and-observability": "监控与可观测性",
    networking: "网络",
    "operating-systems": "操作系统",
    security: "安全",
    "web-analytics": "网站分析",
    "web-servers": "网页服务器",
  },
  activity: "动态",
  activityOf: (repository) => `${repository} 的动态`,
  moved: (tag) => `标签 ${tag}`,
};

export const wasteZh: typeof englishWaste = {
  title: "浪费空间的文件",
  states: {
    waiting: "各层随镜像的扫描一起比较，扫描正在等待。",
    done: "各层没有比较。",
    failed: "扫描失败。",
    nothing: "没有可比较的内容。",
  },
  sum: (hidden, bytes, percent) =>
    `${bytes} 中有 ${hidden} 被后面的层隐藏。按 dive 的算法，效率为 ${percent} %。`,
  files: "文件",
  hidden: "被隐藏",
  more: (count) => ` 以及另外 ${count} 个`,
};
