# What node-gyp needs on Amazon Linux 2, on top of the image for C and C++; Bun, which runs it here, comes with the build.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
RUN yum install -y python3 findutils && yum clean all
