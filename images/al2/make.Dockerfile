# C and C++ by Make or CMake on Amazon Linux 2, on top of the platform's image.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
# gcc 10 beside the system's gcc 7, which knows no C++20. README.md says what each package is for.
RUN yum install -y gcc gcc-c++ gcc10 gcc10-c++ make cmake3 perl pkgconfig && yum clean all && \
  { command -v cmake >/dev/null || ln -s cmake3 /usr/bin/cmake; }
# Lambda has gcc 7's libstdc++: a newer one comes along in the executable.
ENV CC=gcc10-gcc CXX=gcc10-g++ LDFLAGS="-static-libstdc++ -static-libgcc"
