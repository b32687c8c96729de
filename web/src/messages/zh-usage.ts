import type { usage as english } from "./en-usage.ts";

export const usageZh: typeof english = {
  title: "用量变化",
  span: "显示的时间",
  stored: "存储量",
  traffic: "拉取和推送",
  pulls: "拉取",
  pushes: "推送",
  asTable: "以表格显示",
  nothingYet: "还没有记录：第一次推送后一分钟内会出现数据。",
  grows: "增长",
  growsExplain: "最近七天增长最多的仓库。",
  nothingGrew: "最近七天没有增长。",
  now: "当前",
  grewBy: "增长了",
  freedTitle: "回收释放的空间",
  freed: "释放",
  nothingFreed: "这些天没有释放空间。",
};
