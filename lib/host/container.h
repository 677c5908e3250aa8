/* SPDX-License-Identifier: GPL-2.0-only */
/* container.h - whether this is a container */
#ifndef PGTOP_CONTAINER_H
#define PGTOP_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * container_detect - "host", the name its manager left ("docker", "lxc", ...), or
 * "pid-namespace"
 *
 * Looks at /run/systemd/container, /.dockerenv, /run/.containerenv, the namespaces and the
 * root of the first process below @root.
 * Returns 0 with @buf filled, or a negative errno when nothing can be told.
 */
int container_detect(const char *root, char *buf, size_t len);

/**
 * in_host_pid_namespace - whether this process sees the kernel's own process numbers
 *
 * False also where /proc/self/ns/pid below @root cannot be read.
 */
bool in_host_pid_namespace(const char *root);

#endif
