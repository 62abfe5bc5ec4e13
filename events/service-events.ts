/** Events of other AWS services. Shapes: the examples of their developer guides. */
import { gzipSync } from "node:zlib";
import type {
  AppSyncResolverEvent,
  CloudFormationCustomResourceEvent,
  CloudWatchAlarmEvent,
  CloudWatchLogsDecodedData,
  CloudWatchLogsEvent,
  CodePipelineEvent,
  ConnectContactFlowEvent,
  EventBridgeEvent,
  LexV2Event,
  ScheduledEvent,
  SecretsManagerRotationEvent,
  SESEvent,
} from "aws-lambda";

const logs: CloudWatchLogsDecodedData = {
  messageType: "DATA_MESSAGE",
  owner: "123456789012",
  logGroup: "/aws/lambda/orders",
  logStream: "2026/01/14/[$LATEST]0123456789abcdef0123456789abcdef",
  subscriptionFilters: ["errors"],
  logEvents: [
    {
      id: "36411962571043456131040230000000000000000000000000000000",
      timestamp: 1_768_394_096_000,
      message: "[ERROR] no stock for order 7",
    },
  ],
};

/** By name. */
export const serviceEvents: Readonly<Record<string, unknown>> = {
  "appsync-resolver": {
    arguments: { id: "7" },
    identity: null,
    source: null,
    request: {
      headers: { host: "example.appsync-api.us-east-1.amazonaws.com", "x-forwarded-for": "192.0.2.1" },
      domainName: null,
    },
    prev: null,
    info: {
      selectionSetList: ["id", "item"],
      selectionSetGraphQL: "{\n  id\n  item\n}",
      parentTypeName: "Query",
      fieldName: "getOrder",
      variables: {},
    },
    stash: {},
  } satisfies AppSyncResolverEvent<{ readonly id: string }>,

  "cloudformation-custom-resource": {
    RequestType: "Create",
    ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:custom-resource",
    // A real one is a signed URL of S3: what answers here must not leave the machine.
    ResponseURL: "http://127.0.0.1:9/response-url-of-an-example",
    StackId: "arn:aws:cloudformation:us-east-1:123456789012:stack/orders/0123abcd-4567-89ef-0123-456789abcdef",
    RequestId: "d2b1c0a9-1234-5678-9abc-def012345678",
    LogicalResourceId: "OrdersSchema",
    ResourceType: "Custom::OrdersSchema",
    ResourceProperties: {
      ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:custom-resource",
      Version: "3",
    },
  } satisfies CloudFormationCustomResourceEvent,

  "cloudwatch-alarm": {
    source: "aws.cloudwatch",
    alarmArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-errors",
    accountId: "123456789012",
    time: "2026-01-14T12:34:56.000+0000",
    region: "us-east-1",
    alarmData: {
      alarmName: "orders-errors",
      state: {
        value: "ALARM",
        reason: "Threshold Crossed: 1 datapoint [3.0] was greater than the threshold (1.0).",
        timestamp: "2026-01-14T12:34:56.000+0000",
      },
      previousState: {
        value: "OK",
        reason: "Threshold not crossed",
        timestamp: "2026-01-14T11:34:56.000+0000",
      },
      configuration: {
        description: "Errors of the function orders",
        metrics: [
          {
            id: "m1",
            metricStat: {
              metric: { namespace: "AWS/Lambda", name: "Errors", dimensions: { FunctionName: "orders" } },
              period: 60,
              stat: "Sum",
            },
            returnData: true,
          },
        ],
      },
    },
  } satisfies CloudWatchAlarmEvent,

  "cloudwatch-logs": {
    awslogs: { data: gzipSync(JSON.stringify(logs)).toString("base64") },
  } satisfies CloudWatchLogsEvent,

  codepipeline: {
    "CodePipeline.job": {
      id: "11111111-abcd-1111-abcd-111111abcdef",
      accountId: "123456789012",
      data: {
        actionConfiguration: { configuration: { FunctionName: "deploy", UserParameters: "stage=test" } },
        inputArtifacts: [
          {
            name: "source",
            revision: null,
            location: { type: "S3", s3Location: { bucketName: "pipeline-bucket", objectKey: "orders/source/abc" } },
          },
        ],
        outputArtifacts: [],
        artifactCredentials: {
          accessKeyId: "EXAMPLE",
          secretAccessKey: "EXAMPLE",
          sessionToken: "EXAMPLE",
          expirationTime: 1_768_397_696_000,
        },
        continuationToken: "1",
      },
    },
  } satisfies CodePipelineEvent & {
    readonly "CodePipeline.job": {
      readonly data: { readonly artifactCredentials: { readonly expirationTime: number } };
    };
  },

  connect: {
    Name: "ContactFlowEvent",
    Details: {
      ContactData: {
        Attributes: {},
        Channel: "VOICE",
        ContactId: "5ca32fbd-8f92-46af-92a5-6b0f970f0efe",
        CustomerEndpoint: { Address: "+15555550100", Type: "TELEPHONE_NUMBER" },
        InitialContactId: "5ca32fbd-8f92-46af-92a5-6b0f970f0efe",
        InitiationMethod: "INBOUND",
        InstanceARN: "arn:aws:connect:us-east-1:123456789012:instance/9308c2a1-9bc6-4cea-8290-6c0b4a6d38fa",
        MediaStreams: { Customer: { Audio: null } },
        PreviousContactId: "",
        Queue: null,
        SystemEndpoint: { Address: "+15555550199", Type: "TELEPHONE_NUMBER" },
      },
      Parameters: { orderId: "7" },
    },
  } satisfies ConnectContactFlowEvent,

  eventbridge: {
    version: "0",
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "Order Placed",
    source: "com.example.shop",
    account: "123456789012",
    time: "2026-01-14T12:34:56Z",
    region: "us-east-1",
    resources: [],
    detail: { item: "apples", quantity: 3 },
  } satisfies EventBridgeEvent<"Order Placed", object>,

  "eventbridge-scheduled": {
    version: "0",
    id: "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c",
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "123456789012",
    time: "2026-01-14T12:34:56Z",
    region: "us-east-1",
    resources: ["arn:aws:events:us-east-1:123456789012:rule/every-minute"],
    detail: {},
  } satisfies ScheduledEvent<object>,

  "lex-v2": {
    messageVersion: "1.0",
    invocationSource: "FulfillmentCodeHook",
    inputMode: "Text",
    responseContentType: "text/plain; charset=utf-8",
    sessionId: "123456789012345",
    inputTranscript: "order three apples",
    bot: {
      id: "ABCDEFGHIJ",
      name: "Shop",
      aliasId: "TSTALIASID",
      localeId: "en_US",
      version: "DRAFT",
      aliasName: "TestBotAlias",
    },
    interpretations: [
      {
        intent: {
          confirmationState: "None",
          name: "OrderItem",
          slots: {
            item: {
              shape: "Scalar",
              value: { interpretedValue: "apples", originalValue: "apples", resolvedValues: ["apples"] },
            },
          },
          state: "ReadyForFulfillment",
        },
        nluConfidence: 0.95,
      },
    ],
    proposedNextState: {
      intent: { confirmationState: "None", name: "OrderItem", slots: {}, state: "InProgress" },
      dialogAction: { type: "ElicitSlot", slotToElicit: "item" },
    },
    requestAttributes: {},
    sessionState: {
      activeContexts: [],
      sessionAttributes: {},
      dialogAction: { type: "Close" },
      intent: { confirmationState: "None", name: "OrderItem", slots: {}, state: "ReadyForFulfillment" },
      originatingRequestId: "3ab8f1b6-1234-5678-9abc-def012345678",
    },
    transcriptions: [],
  } satisfies LexV2Event,

  "secretsmanager-rotation": {
    Step: "createSecret",
    SecretId: "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders-db-AbCdEf",
    ClientRequestToken: "e2c1b0a9-1234-5678-9abc-def012345678",
    RotationToken: "f3d2c1b0-1234-5678-9abc-def012345678",
  } satisfies SecretsManagerRotationEvent & { readonly RotationToken: string },

  ses: {
    Records: [
      {
        eventSource: "aws:ses",
        eventVersion: "1.0",
        ses: {
          mail: {
            timestamp: "2026-01-14T12:34:56.000Z",
            source: "ada@example.com",
            messageId: "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
            destination: ["orders@example.com"],
            headersTruncated: false,
            headers: [
              { name: "From", value: "Ada <ada@example.com>" },
              { name: "Subject", value: "An order" },
            ],
            commonHeaders: {
              returnPath: "ada@example.com",
              from: ["Ada <ada@example.com>"],
              date: "Wed, 14 Jan 2026 12:34:56 +0000",
              to: ["orders@example.com"],
              messageId: "<0123456789@example.com>",
              subject: "An order",
            },
          },
          receipt: {
            timestamp: "2026-01-14T12:34:56.000Z",
            processingTimeMillis: 574,
            recipients: ["orders@example.com"],
            spamVerdict: { status: "PASS" },
            virusVerdict: { status: "PASS" },
            spfVerdict: { status: "PASS" },
            dkimVerdict: { status: "PASS" },
            dmarcVerdict: { status: "PASS" },
            action: {
              type: "Lambda",
              invocationType: "Event",
              functionArn: "arn:aws:lambda:us-east-1:123456789012:function:orders",
            },
          },
        },
      },
    ],
  } satisfies SESEvent,
};
