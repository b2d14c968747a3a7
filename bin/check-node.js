// Imported first, and written so that a Node of any age can read it: it must get as far as saying that it is too old.
var oldest = [20, 19];
var found = process.versions.node.split('.').map(Number);
if (found[0] < oldest[0] || (found[0] === oldest[0] && found[1] < oldest[1])) {
  console.error(
    'mapp-flows needs Node ' +
      oldest.join('.') +
      ' or newer, and this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      '): install a newer one, then try again.',
  );
  process.exit(1);
}
