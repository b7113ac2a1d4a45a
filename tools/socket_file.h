/* SPDX-License-Identifier: MIT */
/* A listening socket in the file system, and the file that belongs to it. */
#ifndef SEALMEM_TOOLS_SOCKET_FILE_H
#define SEALMEM_TOOLS_SOCKET_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include <sealmem/channel.h>

/**
 * struct socket_file - A path that this process listens at
 * @path: Where
 * @device: Of the file
 * @inode: Of the file: somebody else may have put another one there since
 */
struct socket_file {
	const char *path;
	dev_t device;
	ino_t inode;
};

/*
 * Listens at @path, for this user alone or for everybody. A socket that nobody
 * listens at is replaced; anything else that lies there stays. False after a
 * line that says why.
 */
bool socket_file_listen(const char *path, bool other_users,
			struct sealmem_channel *ret_listener,
			struct socket_file *ret_file);

/* Makes @uid and @gid its owners, if it still is ours. False after a line. */
bool socket_file_give(const struct socket_file *file, uid_t uid, gid_t gid);

/* Removes the file, if it still is ours. */
void socket_file_remove(const struct socket_file *file);

#endif
