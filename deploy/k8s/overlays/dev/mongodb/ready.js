// Answers 0 once this node is primary; the first call makes the replica set of one (change streams need a set).
try {
  rs.status();
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  rs.initiate({ _id: "sejour", members: [{ _id: 0, host: process.env.MONGODB_HOST }] });
}
quit(db.hello().isWritablePrimary ? 0 : 1);
