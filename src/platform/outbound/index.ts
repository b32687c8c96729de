export { type AddressRule, createAddressRule } from "./address-rule.ts";
export {
  createOutboundClient,
  type OutboundClient,
  OutboundRefused,
} from "./outbound-client.ts";
