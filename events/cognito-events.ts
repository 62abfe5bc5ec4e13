/** Events of Cognito user pools. Shapes: Amazon Cognito developer guide, "Customizing user pool workflows with Lambda". */
import type { PostConfirmationTriggerEvent, PreSignUpTriggerEvent, PreTokenGenerationTriggerEvent } from "aws-lambda";

const cognito = {
  version: "1",
  region: "us-east-1",
  userPoolId: "us-east-1_EXAMPLE",
  userName: "ada",
  callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: "0123456789abcdefghijklmnop" },
} as const;
const userAttributes = {
  sub: "6d5b4f3e-1234-5678-9abc-def012345678",
  email: "ada@example.com",
  email_verified: "true",
};

/** By name. */
export const cognitoEvents: Readonly<Record<string, unknown>> = {
  "cognito-post-confirmation": {
    ...cognito,
    triggerSource: "PostConfirmation_ConfirmSignUp",
    request: { userAttributes },
    response: {},
  } satisfies PostConfirmationTriggerEvent,

  "cognito-pre-sign-up": {
    ...cognito,
    triggerSource: "PreSignUp_SignUp",
    request: { userAttributes: { email: "ada@example.com" }, validationData: {} },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  } satisfies PreSignUpTriggerEvent,

  "cognito-pre-token-generation": {
    ...cognito,
    triggerSource: "TokenGeneration_Authentication",
    request: { userAttributes, groupConfiguration: { groupsToOverride: ["buyers"], iamRolesToOverride: [] } },
    response: { claimsOverrideDetails: {} },
  } satisfies PreTokenGenerationTriggerEvent,
};
