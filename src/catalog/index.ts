export {
  countTags,
  findTagDetails,
  listTagDetails,
  type TagDetails,
  type TagImage,
} from "./tag-details.ts";
