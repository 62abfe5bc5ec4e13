/** Events of queues and streams. Shapes: AWS Lambda developer guide, "Invoking Lambda with events from other services". */
import { createHash } from "node:crypto";
import type {
  DynamoDBStreamEvent,
  FirehoseTransformationEvent,
  KinesisStreamEvent,
  MSKEvent,
  SelfManagedKafkaEvent,
  SNSEvent,
  SQSEvent,
} from "aws-lambda";

const order = '{"item":"apples","quantity":3}';
const orderBase64 = Buffer.from(order).toString("base64");
const orderMd5 = createHash("md5").update(order).digest("hex");
const keyBase64 = Buffer.from("order-7").toString("base64");
const kafkaRecord = {
  topic: "orders",
  partition: 0,
  offset: 15,
  timestamp: 1_768_394_096_000,
  timestampType: "CREATE_TIME",
  key: keyBase64,
  value: orderBase64,
  headers: [{ source: [...Buffer.from("web")] }],
} as const;

/** By name. */
export const streamEvents: Readonly<Record<string, unknown>> = {
  "dynamodb-stream": {
    Records: [
      {
        eventID: "c4ca4238a0b923820dcc509a6f75849b",
        eventName: "MODIFY",
        eventVersion: "1.1",
        eventSource: "aws:dynamodb",
        awsRegion: "us-east-1",
        dynamodb: {
          ApproximateCreationDateTime: 1_768_394_096,
          Keys: { id: { N: "7" } },
          OldImage: { id: { N: "7" }, item: { S: "apples" }, quantity: { N: "2" } },
          NewImage: { id: { N: "7" }, item: { S: "apples" }, quantity: { N: "3" } },
          SequenceNumber: "4421584500000000017450439091",
          SizeBytes: 61,
          StreamViewType: "NEW_AND_OLD_IMAGES",
        },
        eventSourceARN: "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-14T12:00:00.000",
      },
    ],
  } satisfies DynamoDBStreamEvent,

  kinesis: {
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: "1.0",
          partitionKey: "order-7",
          sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
          data: orderBase64,
          approximateArrivalTimestamp: 1_768_394_096,
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
        eventName: "aws:kinesis:record",
        invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
        awsRegion: "us-east-1",
        eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
      },
    ],
  } satisfies KinesisStreamEvent,

  "kinesis-firehose": {
    invocationId: "invocationIdExample",
    deliveryStreamArn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/orders",
    region: "us-east-1",
    records: [
      {
        recordId: "49546986683135544286507457936321625675700192471156785154",
        approximateArrivalTimestamp: 1_768_394_096_000,
        data: orderBase64,
      },
    ],
  } satisfies FirehoseTransformationEvent,

  msk: {
    eventSource: "aws:kafka",
    eventSourceArn: "arn:aws:kafka:us-east-1:123456789012:cluster/orders/b1a2c3d4-1234-5678-9abc-def012345678-1",
    bootstrapServers: "b-1.orders.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092",
    records: { "orders-0": [{ ...kafkaRecord, headers: [{ source: [...Buffer.from("web")] }] }] },
  } satisfies MSKEvent & { readonly bootstrapServers: string },

  "self-managed-kafka": {
    eventSource: "SelfManagedKafka",
    bootstrapServers: "kafka.example.com:9092",
    records: { "orders-0": [{ ...kafkaRecord, headers: [{ source: [...Buffer.from("web")] }] }] },
  } satisfies SelfManagedKafkaEvent,

  sns: {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: "arn:aws:sns:us-east-1:123456789012:orders:21be56ed-a058-49f5-8c98-aedd2564c486",
        Sns: {
          Type: "Notification",
          MessageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
          TopicArn: "arn:aws:sns:us-east-1:123456789012:orders",
          Subject: "A new order",
          Message: order,
          Timestamp: "2026-01-14T12:34:56.000Z",
          SignatureVersion: "1",
          Signature: "EXAMPLE",
          SigningCertUrl: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-EXAMPLE.pem",
          UnsubscribeUrl:
            "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:123456789012:orders:21be56ed-a058-49f5-8c98-aedd2564c486",
          MessageAttributes: { source: { Type: "String", Value: "web" } },
        },
      },
    ],
  } satisfies SNSEvent,

  sqs: {
    Records: [
      {
        messageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
        receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        body: order,
        attributes: {
          ApproximateReceiveCount: "1",
          SentTimestamp: "1768394096000",
          SenderId: "AIDAIENQZJOLO23YVJ4VO",
          ApproximateFirstReceiveTimestamp: "1768394096012",
        },
        messageAttributes: { source: { dataType: "String", stringValue: "web" } },
        md5OfBody: orderMd5,
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:orders",
        awsRegion: "us-east-1",
      },
    ],
  } satisfies SQSEvent,
};
