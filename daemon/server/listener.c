// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "server/listener.h"

static int listener_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

/* The first one that is a listening stream socket of this host. */
static int from_systemd(void)
{
	int n = sd_listen_fds(1);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0)
			return fd;
	}
	return -1;
}

/* Only a socket is removed, and only if nobody listens. */
static int remove_stale(const struct sockaddr_un *sa)
{
	int fd, r = 0;
	struct stat st;

	if (lstat(sa->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) || errno == EAGAIN)
		r = -EADDRINUSE;
	else if (errno == ECONNREFUSED && unlink(sa->sun_path))
		r = -errno;
	close(fd);
	return r;
}

/* Where the service's own group is another one; only root can, and who cannot need not. */
static void give_to_group(const char *path)
{
	const struct group *g = getgrnam(LISTENER_GROUP);

	if (g && g->gr_gid != getegid() && chown(path, -1, g->gr_gid))
		return;
}

/* systemd makes it; for whoever starts pgtopd by hand */
static void make_parent(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return;
	*slash = '\0';
	if (!mkdir(dir, 0750))
		give_to_group(dir);
}

static int listener_make(int fd, const struct sockaddr_un *sa)
{
	mode_t mask;
	int r = 0;

	make_parent(sa->sun_path);
	mask = umask(0117);
	if (bind(fd, (const struct sockaddr *)sa, sizeof(*sa)))
		r = -errno;
	umask(mask);
	if (r)
		return r;
	give_to_group(sa->sun_path);
	return listen(fd, SOMAXCONN) ? -errno : 0;
}

int listener_open(const char *path, struct listener *ret)
{
	struct listener l = { .fd = from_systemd() };
	struct sockaddr_un sa;
	int r = listener_address(path, &sa);

	if (l.fd >= 0) {
		*ret = l;
		return 0;
	}
	if (!r)
		r = remove_stale(&sa);
	if (r)
		return r;
	l.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l.fd < 0)
		return -errno;
	r = listener_make(l.fd, &sa);
	if (r) {
		close(l.fd);
		return r;
	}
	l.made = true;
	snprintf(l.path, sizeof(l.path), "%s", path);
	*ret = l;
	return 0;
}

void listener_close(struct listener *l)
{
	if (l->fd < 0)
		return;
	close(l->fd);
	if (l->made)
		unlink(l->path);
	l->fd = -1;
}
