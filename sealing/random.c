/* SPDX-License-Identifier: MIT */
/* Random bytes from the kernel, all of them or an error. */
#include "sealing/sealing.h"

#include <errno.h>
#include <sys/random.h>

int sealing_random(void *data, size_t size)
{
	char *bytes = data;
	ssize_t done;

	while (size > 0) {
		done = getrandom(bytes, size, 0);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		bytes += done;
		size -= (size_t)done;
	}
	return 0;
}
