/* SPDX-License-Identifier: MIT */
/*
 * A server that was killed leaves its socket file behind, and the next one
 * cannot listen there. It may remove that file, but no other: not one that
 * somebody listens at, and nothing that is no socket.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/socket_file.h"
#include "tools/tool.h"

/* A socket is born deaf: between bind and listen it refuses connections. */
#define BIRTH_MS	100

static bool is_socket(const char *path, struct stat *ret_status)
{
	return lstat(path, ret_status) == 0 && S_ISSOCK(ret_status->st_mode);
}

/* 0 if somebody listens at @path. */
static int try_connect(const char *path)
{
	struct sealmem_channel channel = { 0 };
	int ret = sealmem_channel_connect(path, &channel);

	sealmem_channel_close(&channel);
	/* Its queue is full, or it is of another type: it is there. */
	return ret == -EAGAIN || ret == -EPROTOTYPE ? 0 : ret;
}

static bool is_abandoned(const char *path)
{
	if (try_connect(path) != -ECONNREFUSED)
		return false;
	poll(NULL, 0, BIRTH_MS);
	return try_connect(path) == -ECONNREFUSED;
}

/* True if @path is free now. */
static bool clear_path(const char *path)
{
	struct stat status;

	if (!is_socket(path, &status)) {
		tool_say("%s exists and is not a socket; it stays as it is: "
			 "choose another path", path);
		return false;
	}
	if (!is_abandoned(path)) {
		tool_say("somebody serves at %s already: use that server, stop "
			 "it, or choose another path", path);
		return false;
	}
	if (unlink(path) < 0 && errno != ENOENT) {
		tool_say("cannot remove %s, which a server left behind: %s",
			 path, strerror(errno));
		return false;
	}
	tool_say("removed %s, which a server that is gone left behind", path);
	return true;
}

static bool say_not_listening(const char *path, int ret)
{
	if (ret == -EINVAL)
		tool_say("a socket's path has 1 to 107 bytes, and this one has "
			 "%zu: use a shorter one", strlen(path));
	else if (ret == -EADDRINUSE)
		tool_say("somebody else just began to serve at %s", path);
	else
		tool_say("cannot listen at %s: %s", path, strerror(-ret));
	return false;
}

/* Who may write to the file may connect, and the umask has no say in it. */
static int listen_at(const char *path, bool other_users,
		     struct sealmem_channel *ret_listener)
{
	mode_t old_umask = umask(0);
	int ret = sealmem_channel_listen(path, other_users ? 0666 : 0600,
					 ret_listener);

	umask(old_umask);
	return ret;
}

bool socket_file_listen(const char *path, bool other_users,
			struct sealmem_channel *ret_listener,
			struct socket_file *ret_file)
{
	struct stat status = { 0 };
	int ret = listen_at(path, other_users, ret_listener);

	if (ret == -EADDRINUSE) {
		if (!clear_path(path))
			return false;
		ret = listen_at(path, other_users, ret_listener);
	}
	if (ret < 0)
		return say_not_listening(path, ret);
	lstat(path, &status);
	*ret_file = (struct socket_file){ path, status.st_dev, status.st_ino };
	return true;
}

void socket_file_remove(const struct socket_file *file)
{
	struct stat status;

	if (file->path && is_socket(file->path, &status) &&
	    status.st_dev == file->device && status.st_ino == file->inode)
		unlink(file->path);
}
