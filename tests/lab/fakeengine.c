/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fakeengine SOCKET DIR: an engine that says what the test wants. GET /v1.41/containers/web/json is
 * answered with the bytes of DIR/containers_web_json, header and all; an empty file leaves the
 * client waiting, and a missing one is 404.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
				"Content-Length: 27\r\nConnection: close\r\n\r\n"
				"{\"message\":\"no such thing\"}";

/* "GET /v1.41/networks/shop?x=1 HTTP/1.1" becomes "networks_shop". */
static const char *file_name(char *request)
{
	char *path = strchr(request, '/');
	char *slash;

	if (!path)
		return "_";
	path[strcspn(path, " ?\r\n")] = '\0';
	path++;
	slash = strchr(path, '/');
	if (path[0] == 'v' && path[1] == '1' && slash)
		path = slash + 1;
	while ((slash = strchr(path, '/')))
		*slash = '_';
	return path;
}

static void answer(int client, int dir)
{
	char request[4096] = { 0 };
	struct stat st;
	int file;

	if (read(client, request, sizeof(request) - 1) <= 0)
		return;
	file = openat(dir, file_name(request), O_RDONLY);
	if (file < 0 || fstat(file, &st)) {
		if (write(client, not_found, sizeof(not_found) - 1) < 0)
			perror("fakeengine: write");
		return;
	}
	if (!st.st_size)
		pause();
	sendfile(client, file, NULL, st.st_size);
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	int dir;

	if (argc != 3 || strlen(argv[1]) >= sizeof(addr.sun_path))
		return 2;
	strcpy(addr.sun_path, argv[1]);
	dir = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (dir < 0 || bind(server, (struct sockaddr *)&addr, sizeof(addr)) || listen(server, 8)) {
		perror("fakeengine");
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept(server, NULL, NULL);

		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			answer(client, dir);
			return 0;
		}
		close(client);
	}
}
