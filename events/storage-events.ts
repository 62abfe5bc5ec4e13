/** Events of S3. Shapes: Amazon S3 user guide, "Event message structure" and "Invoking Lambda from S3 Batch Operations". */
import type { S3BatchEvent, S3Event } from "aws-lambda";

const record = (eventName: string, object: S3Event["Records"][number]["s3"]["object"]): S3Event => ({
  Records: [
    {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-1",
      eventTime: "2026-01-14T12:34:56.000Z",
      eventName,
      userIdentity: { principalId: "EXAMPLE" },
      requestParameters: { sourceIPAddress: "192.0.2.1" },
      responseElements: {
        "x-amz-request-id": "EXAMPLE123456789",
        "x-amz-id-2": "EXAMPLE123/5678abcdefghijklambdaisawesome/mnopqrstuvwxyzABCDEFGH",
      },
      s3: {
        s3SchemaVersion: "1.0",
        configurationId: "testConfigRule",
        bucket: {
          name: "orders-bucket",
          ownerIdentity: { principalId: "EXAMPLE" },
          arn: "arn:aws:s3:::orders-bucket",
        },
        object,
      },
    },
  ],
});

/** By name. The key is URL-encoded, as S3 sends it. */
export const storageEvents: Readonly<Record<string, unknown>> = {
  "s3-batch": {
    invocationSchemaVersion: "1.0",
    invocationId: "YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo",
    job: { id: "f3cc4f60-61f6-4a2b-8a21-d07600c373ce" },
    tasks: [
      {
        taskId: "dGFza2lkZ29lc2hlcmUK",
        s3Key: "orders/7.json",
        s3VersionId: "1",
        s3BucketArn: "arn:aws:s3:::orders-bucket",
      },
    ],
  } satisfies S3BatchEvent,

  // The members size and eTag are absent for a deletion; the type has them always.
  "s3-delete": record("ObjectRemoved:Delete", {
    key: "orders/number+7.json",
    sequencer: "0A1B2C3D4E5F678901",
  } as S3Event["Records"][number]["s3"]["object"]),

  "s3-put": record("ObjectCreated:Put", {
    key: "orders/number+7.json",
    size: 1024,
    eTag: "0123456789abcdef0123456789abcdef",
    sequencer: "0A1B2C3D4E5F678901",
  }),
};
