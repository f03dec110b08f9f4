"""All that the lab uses of docker-py, testcontainers and requests; importing this module loads the three.

`client.py` imports it when it is first needed, and hands it out as `library()`.
"""

from __future__ import annotations

import docker.errors
import docker.types
import requests.exceptions
import testcontainers.core.config
import testcontainers.core.container
import testcontainers.core.docker_client


class DockerLibrary:
    """Names of the three libraries, so that one import is enough for all of them."""

    DockerException = docker.errors.DockerException
    APIError = docker.errors.APIError
    NotFound = docker.errors.NotFound
    RequestException = requests.exceptions.RequestException
    Ulimit = docker.types.Ulimit
    Client = testcontainers.core.docker_client.DockerClient
    Container = testcontainers.core.container.DockerContainer
    config = testcontainers.core.config.testcontainers_config
