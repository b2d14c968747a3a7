/** The page without what it shows. */
export const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mapp sandbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/inbox/page.css">
<script src="/inbox/page.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>Mapp sandbox</h1>
<nav aria-label="Views">
<a href="#messages">Messages</a>
<a href="#contacts">Contacts</a>
<a href="#groups">Groups</a>
<a href="#journal">Journal</a>
<a href="#feedback">Feedback</a>
</nav>
<input type="search" id="search" placeholder="Search ( / )" aria-label="Search what is shown" autocomplete="off" spellcheck="false">
</header>
<p id="status" role="status"></p>
<main id="content" tabindex="-1"></main>
<noscript><p>This page needs JavaScript. The same as JSON: <a href="/messages">messages</a>, <a href="/contacts">contacts</a>, <a href="/groups">groups</a>, <a href="/journal">journal</a>, <a href="/feedback">feedback</a>.</p></noscript>
</body>
</html>
`;
