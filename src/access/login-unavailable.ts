/** Whether somebody is who they say cannot be found out now. It is no refusal: nobody was found to be wrong. */
export class LoginUnavailable extends Error {
  override readonly name = "LoginUnavailable";
}
