export {
  createOutboundClient,
  type OutboundClient,
  OutboundRefused,
} from "./outbound-client.ts";
