# C and C++ by Make or CMake on Amazon Linux 2023, on top of the platform's image.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
# README.md says what each package is for.
RUN dnf install -y gcc gcc-c++ make cmake perl pkgconf && dnf clean all
ENV CC=gcc CXX=g++ LDFLAGS=""
