package pumice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** The library as Java sees it. */
class JavaTest {
    @Test
    void scrubs() throws PumiceException {
        try (Scrubber scrubber = Pumice.scrubber("{\"pumice\":1,\"fields\":{\"user.email\":\"email\"}}")) {
            byte[] scrubbed = scrubber.scrub("{\"user\":{\"email\":\"john@gmail.com\"},\"total\":89.00}".getBytes(UTF_8));
            assertEquals("{\"user\":{\"email\":\"j***@gmail.com\"},\"total\":89.00}", new String(scrubbed, UTF_8));
            RuleCounts counts = scrubber.report().getRules().get(0);
            assertEquals(1, counts.getTreated());
            assertEquals("user.email", scrubber.explain().get(0).getSelector());
        }
    }

    @Test
    void redacts() throws PumiceException {
        try (Redactor redactor = Pumice.redactor("phone")) {
            assertEquals("\"(415) 555-XXXX\"", new String(redactor.redact("\"(415) 555-0132\"".getBytes(UTF_8)), UTF_8));
        }
    }

    @Test
    void saysWhatIsWrong() {
        PumiceException.Failed failed =
            assertThrows(PumiceException.Failed.class, () -> Pumice.scrubber("{\"pumice\":1,\"fields\":{\"from\":\"fone\"}}"));
        assertEquals("unknown_type", failed.getCode());
        assertEquals("/fields/from", failed.getAt());
        assertEquals("unknown_type", Pumice.getCode(failed));
    }
}
