# What node-gyp needs on Amazon Linux 2, on top of the image for C and C++. No Node.js that it could run on starts here.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
RUN yum install -y python3 && yum clean all
