/* SPDX-License-Identifier: MIT */
/*
 * A server that was killed leaves its socket file behind, and the next one
 * cannot listen there. It may remove that file, but no other: not one that
 * somebody listens at, and nothing that is no socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/socket_file.h"
#include "tools/tool.h"

/* A socket is born deaf: between bind and listen it refuses connections. */
#define BIRTH_MS	100

/*
 * And its death may take a moment: the kernel ends an io_uring, and what is
 * waited for there, after the process. A server with all its clients hangs up
 * as well, and does so again.
 */
#define DEATH_MS	1000
#define LOOKS_MAX	10

static bool is_socket(const char *path, struct stat *ret_status)
{
	return lstat(path, ret_status) == 0 && S_ISSOCK(ret_status->st_mode);
}

/* A listener that is about to go takes its connections along. */
static bool hangs_up(const struct sealmem_channel *channel)
{
	struct pollfd polled = {
		.fd = sealmem_channel_fd(channel),
		.events = POLLIN,
	};

	return poll(&polled, 1, DEATH_MS) == 1 &&
	       (polled.revents & (POLLHUP | POLLERR));
}

enum listener { LISTENER_NONE, LISTENER_GOING, LISTENER_THERE };

static enum listener look_for_listener(const char *path)
{
	struct sealmem_channel channel = { 0 };
	int ret = sealmem_channel_connect(path, &channel);
	enum listener found = LISTENER_THERE;

	if (ret == -ECONNREFUSED)
		found = LISTENER_NONE;
	else if (ret == 0 && hangs_up(&channel))
		found = LISTENER_GOING;
	sealmem_channel_close(&channel);
	return found;
}

/* What was found once may be a moment in its life. */
static bool is_abandoned(const char *path)
{
	enum listener found = look_for_listener(path);

	for (int i = 0; found == LISTENER_GOING && i < LOOKS_MAX; i++)
		found = look_for_listener(path);
	if (found != LISTENER_NONE)
		return false;
	poll(NULL, 0, BIRTH_MS);
	return look_for_listener(path) == LISTENER_NONE;
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

static bool is_it(const struct socket_file *file, const struct stat *status)
{
	return S_ISSOCK(status->st_mode) && status->st_dev == file->device &&
	       status->st_ino == file->inode;
}

static bool is_ours(const struct socket_file *file)
{
	struct stat status;

	return file->path && lstat(file->path, &status) == 0 &&
	       is_it(file, &status);
}

/* What was looked at is what changes hands, whatever is at the path then. */
static int give_open(const struct socket_file *file, int fd, uid_t uid,
		     gid_t gid)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!is_it(file, &status))
		return -ENOENT;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

bool socket_file_give(const struct socket_file *file, uid_t uid, gid_t gid)
{
	int fd = open(file->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int ret = fd < 0 ? -errno : give_open(file, fd, uid, gid);

	if (fd >= 0)
		close(fd);
	if (ret < 0)
		tool_say("cannot give %s away: %s", file->path,
			 ret == -ENOENT ? "it is another file now" :
					  strerror(-ret));
	return ret == 0;
}

void socket_file_remove(const struct socket_file *file)
{
	if (is_ours(file))
		unlink(file->path);
}
